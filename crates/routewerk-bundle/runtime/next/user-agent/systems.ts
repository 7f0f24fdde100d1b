/**
 * Operating systems and processor architectures.
 */
import { asWritten, named } from './rule.ts';
import type { Product, Rule } from './rule.ts';

/** Windows by the version of its kernel. */
const WINDOWS: ReadonlyMap<string, string> = new Map([
  ['5.0', '2000'],
  ['5.1', 'XP'],
  ['5.2', 'XP'],
  ['6.0', 'Vista'],
  ['6.1', '7'],
  ['6.2', '8'],
  ['6.3', '8.1'],
  ['6.4', '10'],
  ['10.0', '10'],
]);

const LINUX_DISTRIBUTIONS = [
  ...['Kubuntu', 'Xubuntu', 'Lubuntu', 'Ubuntu', 'Debian', 'openSUSE', 'SUSE', 'Fedora', 'CentOS', 'Gentoo', 'Slackware'],
  ...['Mandriva', 'Raspbian', 'Manjaro', 'Deepin', 'Mint', 'Red Hat', 'Arch(?= Linux)'],
];

function dotted(version: string | undefined): string | undefined {
  return version?.trim().replaceAll('_', '.') || undefined;
}

export const SYSTEMS: ReadonlyArray<Rule<Product>> = [
  [/Windows Phone(?: OS)? ?(\d[\d.]*)?/i, named('Windows Phone')],
  [/\b(Xbox); Xbox ([^);]+)/i, asWritten],
  [/Windows NT (\d+\.\d+)/i, (match) => ({ name: 'Windows', version: WINDOWS.get(String(match[1])) ?? `NT ${match[1]}` })],
  [/Windows (\d\d+)/i, named('Windows')],
  [/Apple TV/i, { name: 'Mac OS' }],
  [/\bOS (\d[\d_.]*) like Mac/i, (match) => ({ name: 'iOS', version: dotted(match[1]) })],
  [/CFNetwork\/.*Darwin/i, { name: 'iOS' }],
  [/Mac OS X ?([\d_.]*)/i, (match) => ({ name: 'Mac OS', version: dotted(match[1]) })],
  [/Macintosh/i, { name: 'Mac OS' }],
  [/\b(Android|Tizen|KAIOS|MeeGo|Maemo|Sailfish|QNX)[-/ ]?(\d[\w.]*)?/i, asWritten],
  [/\bWeb0S\b/i, { name: 'webOS', version: 'TV' }],
  [/\bwatchOS\/(\d[\d.]*)/i, named('watchOS')],
  [/\bCrOS \w+ (\d[\w.]*)/i, named('Chromium OS')],
  [/\b(Nintendo|PlayStation) (\w+)/i, asWritten],
  [new RegExp(`\\b(${LINUX_DISTRIBUTIONS.join('|')})\\b(?:[-/ ](\\d[-\\w.]*))?`, 'i'), asWritten],
  [/\b(Linux)(?: (x86_64|i\d86|arm\w*|aarch64|ppc\w*|mips\w*|s390x|riscv64|\d[\w.]*))?/i, asWritten],
  [/\b((?:Free|Open|Net)BSD|DragonFly)\b(?:[/ ](\d[\w.]*))?/i, asWritten],
  [/\bSunOS ?(\w*)/i, named('Solaris')],
  [/\b(Haiku|AIX|HP-UX|Fuchsia)\b(?:[-/ ](\d[\w.]*))?/i, asWritten],
];

export const CPUS: ReadonlyArray<Rule<Product>> = [
  [/\b(?:amd64|x86_64|x86-64|x64|WOW64|Win64)[;)]/i, { name: 'amd64' }],
  [/\b(?:i[3456]86|x86)[;)]/i, { name: 'ia32' }],
  [/\b(?:aarch64|arm64|arm_64|armv8l?)\b/i, { name: 'arm64' }],
  [/\barmv[67]h[fl]p?\b|\barmhf\b/i, { name: 'armhf' }],
  [/\barmv[1-7]l?\b/i, { name: 'arm' }],
  [/\b(?:ppc|PowerPC|PPC64)[;)]/i, { name: 'ppc' }],
  [/\bsun4\w[;)]|\bsparc(?:64)?\b/i, { name: 'sparc' }],
  [/\bmips(?:64)?\b/i, (match) => ({ name: match[0].toLowerCase() })],
];
