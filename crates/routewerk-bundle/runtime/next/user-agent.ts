/**
 * `userAgent()` of `next/server`: what a client says of itself, in the form that Next.js gives it.
 *
 * The tables below `user-agent/` are read from top to bottom; the first rule that fits decides. They name what is met
 * in practice; a client that no rule knows has undefined fields, as in Next.js.
 */
import { BROWSERS, ENGINES } from './user-agent/browsers.ts';
import { DEVICES } from './user-agent/devices.ts';
import { CPUS, SYSTEMS } from './user-agent/systems.ts';
import type { Rule } from './user-agent/rule.ts';

/** What a client says of itself. */
export interface UserAgent {
  isBot: boolean;
  ua: string;
  browser: { name?: string | undefined; version?: string | undefined; major?: string | undefined };
  device: { model?: string | undefined; type?: string | undefined; vendor?: string | undefined };
  engine: { name?: string | undefined; version?: string | undefined };
  os: { name?: string | undefined; version?: string | undefined };
  cpu: { architecture?: string | undefined };
}

/** Crawlers and previewers, by the names that Next.js knows. */
const BOTS = new RegExp(
  [
    ...['Googlebot', 'Mediapartners-Google', 'AdsBot-Google', 'googleweblight', 'Storebot-Google', 'Google-PageRenderer'],
    ...['Google-InspectionTool', 'Bingbot', 'BingPreview', 'Slurp', 'DuckDuckBot', 'baiduspider', 'yandex', 'sogou'],
    ...['LinkedInBot', 'bitlybot', 'tumblr', 'vkShare', 'quora link preview', 'facebookexternalhit', 'facebookcatalog'],
    ...['Twitterbot', 'applebot', 'redditbot', 'Slackbot', 'Discordbot', 'WhatsApp', 'SkypeUriPreview', 'ia_archiver'],
    'GPTBot',
  ].join('|'),
  'i',
);

/** Only so much of a field is looked at; real ones are shorter. */
const MAX_LENGTH = 500;

/** What the client of a request says of itself. */
export function userAgent({ headers }: { readonly headers: { get(name: string): string | null } }): UserAgent {
  return userAgentFromString(headers.get('user-agent') || undefined);
}

/** What a `user-agent` value says. */
export function userAgentFromString(input: string | undefined): UserAgent {
  const text = input ?? '';
  const ua = text.length > MAX_LENGTH ? text.trim().slice(0, MAX_LENGTH) : text;
  const browser = first(BROWSERS, ua);
  const engine = first(ENGINES, ua);
  const os = first(SYSTEMS, ua);
  const device = first(DEVICES, ua);
  const cpu = first(CPUS, ua);
  return {
    ua,
    browser: { name: browser.name, version: browser.version, major: major(browser.version) },
    engine: { name: engine.name, version: engine.version },
    os: { name: os.name, version: os.version },
    device: { vendor: device.vendor, model: device.model, type: device.type },
    cpu: { architecture: cpu.name },
    isBot: input !== undefined && BOTS.test(input),
  };
}

function major(version: string | undefined): string | undefined {
  return version?.replace(/[^\d.]/g, '').split('.', 1)[0];
}

/** What the first fitting rule says. */
function first<T extends object>(rules: ReadonlyArray<Rule<T>>, ua: string): Partial<T> {
  for (const [pattern, read] of rules) {
    const match = pattern.exec(ua);
    if (match !== null) {
      return typeof read === 'function' ? read(match) : read;
    }
  }
  return {};
}
