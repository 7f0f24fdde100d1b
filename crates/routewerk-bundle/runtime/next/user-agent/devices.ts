/**
 * Devices: makers, models and kinds. What names its maker or is plainly one maker's model number comes first, then
 * whatever Android puts into the place of the model, then what only says its kind.
 */
import type { Rule } from './rule.ts';

/** A device. */
export interface Device {
  vendor: string | undefined;
  model: string | undefined;
  type: 'mobile' | 'tablet' | 'smarttv' | 'console' | 'wearable' | undefined;
}

type Kind = NonNullable<Device['type']>;

/** What ends a model in an Android browser's text. */
const END = '(?= Build|\\)|;)';

/** A maker's device; the pattern's first group is the model. */
function made(vendor: string, type: Kind, pattern: RegExp): Rule<Device> {
  return [pattern, (match) => ({ vendor, model: match[1] || undefined, type })];
}

/** An Android device: the maker's models, as they stand between `;` and the end of the model. */
function android(vendor: string, type: Kind, ...models: string[]): Rule<Device> {
  return made(vendor, type, new RegExp(`Android.*?; (?:${vendor} )?(${models.join('|')})${END}`, 'i'));
}

export const DEVICES: ReadonlyArray<Rule<Device>> = [
  made('Samsung', 'tablet', /\b(SM-[TPX]\w+|GT-[PN]\d\w*|Nexus 10)\b/i),
  made('Samsung', 'mobile', /\b(SM-\w+|GT-\w+|(?:SCH|SGH|SPH|SHV|SHW)-\w+|Galaxy Nexus)\b/i),
  made('Apple', 'tablet', /\((iPad);/i),
  made('Apple', 'mobile', /\((iPhone|iPod(?: touch)?);/i),
  made('Apple', 'smarttv', /\b(Apple ?TV)\b/i),
  [/\((Macintosh);/i, { vendor: 'Apple', model: 'Macintosh' }],
  [/\bHUAWEI([- ][-\w]+)/i, (match) => ({ vendor: 'Huawei', model: match[1], type: 'mobile' })],
  made('Huawei', 'mobile', /; (Nexus 6P|[A-Z]{3}-[A-Z]{1,2}\d{1,2}[A-Z]?)(?= Build|\)|;)/),
  android('Xiaomi', 'tablet', 'Mi ?Pad[\\w ]*', 'Redmi Pad[\\w ]*', 'Xiaomi Pad[\\w ]*'),
  android('Xiaomi', 'mobile', 'Redmi[\\w ]+', 'POCO[\\w ]+', 'Mi [\\w ]+', 'HM[ -]?(?:NOTE)?[\\w ]*', 'M2\\d{3}J\\w+'),
  android('OPPO', 'mobile', 'CPH\\d{4}', 'OPPO [\\w ]+'),
  made('Vivo', 'mobile', /; vivo (\w+)/i),
  android('Vivo', 'mobile', 'V[12]\\d{3}[AT]'),
  android('Realme', 'mobile', 'RMX\\d{4}'),
  made('OnePlus', 'mobile', /; OnePlus ?([\w ]+?)(?= Build|\)|;)/i),
  made('Motorola', 'mobile', /; motorola (\w+)/i),
  android('Motorola', 'mobile', 'moto[\\w ]*(?:\\(\\d+\\))?', 'Nexus 6'),
  android('LG', 'mobile', 'LM-\\w+', 'Nexus [45](?=X?)'),
  made('LG', 'mobile', /; (Nexus [45])/i),
  made('LG', 'mobile', /; LG[- ]([A-Z]*\d\w+)/i),
  made('Lenovo', 'tablet', /; Lenovo (TB-?\w+|YT-?\w+|Tab[\w ]*)/i),
  made('Lenovo', 'mobile', /; Lenovo ([-\w ]+?)(?= Build|\)|;)/i),
  made('Microsoft', 'mobile', /\b(Lumia \w+)/i),
  made('Nokia', 'mobile', /; Nokia[-_ ]?([\w.]+)/i),
  made('Google', 'tablet', /; (Pixel (?:C|Tablet))(?= Build|\)|;)/i),
  made('Google', 'mobile', /; (Pixel \w{1,4}(?: (?:XL|a))?)(?= Build|\)|;)/i),
  android('Sony', 'mobile', 'XQ-\\w+', 'SO-?\\w+', 'SOV\\d+'),
  android('Amazon', 'tablet', 'KF[A-Z]+'),
  made('ASUS', 'tablet', /; (Nexus 7)(?= Build|\)|;)/i),
  made('ASUS', 'mobile', /; ASUS_(\w+)/i),
  made('HTC', 'tablet', /; (Nexus 9)(?= Build|\)|;)/i),
  made('HTC', 'mobile', /; HTC[-_ ]([\w ]+?)(?= Build|\)|;)/i),
  made('ZTE', 'mobile', /; ZTE[- ]([\w ]+?)(?= Build|\)|;)/i),
  made('Fairphone', 'mobile', /; (FP\d)(?= Build|\)|;)/i),
  made('Nothing', 'mobile', /; (A(?:063|065|142P?|059))(?= Build|\)|;)/),
  made('BlackBerry', 'mobile', /BlackBerry(?: ?(\d{4}))?;/i),
  made('BlackBerry', 'mobile', /\(BB10; (\w+)/i),
  made('Nintendo', 'console', /Nintendo (Switch|Wii ?U?|3DS|DS)/i),
  [/PlayStation 5.*SmartTV/i, { type: 'smarttv' }],
  made('Sony', 'console', /(PlayStation (?:\d|Portable|Vita))/i),
  made('Microsoft', 'console', /\b(Xbox(?: One)?)\)/i),
  made('Google', 'smarttv', /Android.*?; (Chromecast)/i),
  [/\bCrKey\b/i, { vendor: 'Google', model: 'Chromecast', type: 'smarttv' }],
  made('Sony', 'smarttv', /; (BRAVIA[\w ]*)/i),
  [/\b(Roku)\/?([\d.]*)/i, (match) => ({ vendor: match[1], model: match[2] || undefined, type: 'smarttv' })],
  [/\b(Quest)(?: \w+)?\)/i, (match) => ({ vendor: 'Facebook', model: match[1], type: 'wearable' })],
  made('Apple', 'wearable', /(Watch)(?:OS\/|\d,\d\/)/i),
  [/\b(?:SMART-?TV|HbbTV|Web0S)\b|TV Safari/i, { type: 'smarttv' }],
  [/Android [^;]+; ([^;)]*(?:\([^)]*\))?[^;)]*?)(?: Build[^)]*)?(?:; wv)?\) .*Mobile.* Safari/i, (match) => ({ model: match[1], type: 'mobile' })],
  [/Android [^;]+; (?:\w\w-\w\w; )?([^;)]+?)(?: Build[^)]*)?\) .*Mobile.* Safari/i, (match) => ({ model: match[1], type: 'mobile' })],
  [/Android [^;]+; ([^;)]+?)(?: Build[^)]*)?\) .*Safari/i, (match) => ({ model: match[1], type: 'tablet' })],
  [/\bTablet\b/i, { type: 'tablet' }],
  [/\bMobile\b|\bPhone\b/i, { type: 'mobile' }],
];
