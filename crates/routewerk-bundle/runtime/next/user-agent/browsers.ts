/**
 * Browsers and engines by their product tokens. A browser that is built on another one comes before it; what shows
 * nothing but an engine comes last.
 */
import { asWritten, named, product, products } from './rule.ts';
import type { Product, Rule } from './rule.ts';

export const BROWSERS: ReadonlyArray<Rule<Product>> = [
  product('Chrome', 'CriOS', 'CrMo'),
  [/\bEdg(?:e|A|iOS)?\/(\d[\w.]*)/i, named('Edge')],
  product('Opera Mini', 'Opera Mini', 'OPiOS'),
  [/Opera (?:Mobi|Tablet).*Version\/(\d[\w.]*)/i, named('Opera Mobi')],
  [/^Opera\/.*Version\/(\d[\w.]*)/i, named('Opera')],
  product('Opera GX', 'OPX', 'OPGX'),
  product('Opera Touch', 'OPT'),
  product('Opera', 'OPR', 'Opera'),
  product('Baidu', 'baidubrowser', 'baiduboxapp', 'bdbrowser'),
  product('UCBrowser', 'UCBrowser', 'UCWEB'),
  product('WeChat', 'MicroMessenger'),
  product('Konqueror', 'Konqueror'),
  [/Trident\/.*\brv:(\d[\w.]*)/i, named('IE')],
  product('Yandex', 'YaBrowser', 'YaSearchBrowser'),
  product('Firefox Focus', 'Focus'),
  product('Coc Coc', 'coc_coc_browser'),
  product('Dolphin', 'Dolfin'),
  [/XiaoMi\/MiuiBrowser\/([\d.]+)/i, named('MIUI Browser')],
  product('Firefox', 'FxiOS'),
  [/\b(Oculus|Sailfish|Huawei|Pico)Browser\/(\d[\w.]*)/i, (match) => ({ name: `${match[1]} Browser`, version: match[2] })],
  product('Samsung Browser', 'SamsungBrowser'),
  product('Sogou Mobile', 'SogouMobileBrowser'),
  product('Sogou Explorer', 'MetaSr'),
  [/\bFBAV\/(\d[\w.]*)/i, named('Facebook')],
  [/\bFB(?:AN\/FBIOS|_IAB\/FB4A)/i, { name: 'Facebook' }],
  products('KAKAOTALK', 'KAKAOSTORY'),
  [/\b(Line)\/(\d[\w.]*)/i, asWritten],
  products('Instagram', 'Chromium'),
  product('GSA', 'GSA'),
  [/\bmusical_ly_(\d[\w.]*)/i, named('TikTok')],
  product('Chrome Headless', 'HeadlessChrome'),
  [/; wv\).*Chrome\/(\d[\w.]*)/i, named('Chrome WebView')],
  products('Silk', 'DuckDuckGo', 'Vivaldi', 'Maxthon', 'Epiphany', 'PhantomJS', 'Falkon', 'Midori', 'Puffin', 'Whale', 'Lynx'),
  [/Android.* Version\/(\d[\w.]*).*Safari/i, named('Android Browser')],
  products('Chrome'),
  [/Version\/(\d[\w.]*) .*Mobile\/\w+ .*Safari/i, named('Mobile Safari')],
  [/Version\/(\d[\w.]*) .*(Mobile Safari|Safari)/i, (match) => ({ name: safariName(match), version: match[1] })],
  [/(Mobile Safari|Safari)\//i, (match) => ({ name: match[1] })],
  [/\bMSIE (\d[\w.]*)/i, named('IE')],
  [/\w*(WebKit|KHTML)\/(\d[\w.]*)/i, asWritten],
  products('Firefox'),
  products('SeaMonkey', 'PaleMoon', 'Waterfox', 'K-Meleon', 'IceCat', 'Camino', 'Fennec', 'Links', 'w3m', 'Dillo', 'NetSurf'),
];

/** A browser that only calls itself Safari on a phone that is none of Apple's is Safari all the same. */
function safariName(match: RegExpExecArray): string {
  return /BlackBerry|BB10/.test(match.input) ? 'Safari' : String(match[2]);
}

export const ENGINES: ReadonlyArray<Rule<Product>> = [
  [/Windows.* Edge\/(\d[\w.]*)/i, named('EdgeHTML')],
  [/WebKit\/537\.36.*Chrome\/(\d[\w.]*)/i, named('Blink')],
  [/\w*(Presto|WebKit|Trident|Goanna|Lynx|w3m|NetSurf)\/(\d[\w.]*)/i, asWritten],
  [/\b(KHTML|Links)[/ ]\(?(\d[\w.]*)/i, asWritten],
  [/\brv:(\d[\w.]*).*(Gecko)/i, (match) => ({ name: match[2], version: match[1] })],
];
