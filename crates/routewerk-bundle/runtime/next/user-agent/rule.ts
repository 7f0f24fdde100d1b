/**
 * One row of a table: a pattern, and what a text that fits it says.
 */
export type Rule<T extends object> = readonly [pattern: RegExp, read: Partial<T> | ((match: RegExpExecArray) => Partial<T>)];

/** A name with a version. */
export interface Product {
  name: string | undefined;
  version: string | undefined;
}

/** A name whose version is the pattern's first group. */
export function named(name: string): (match: RegExpExecArray) => Partial<Product> {
  return (match) => ({ name, version: match[1] || undefined });
}

/** The pattern's groups are name and version. */
export function asWritten(match: RegExpExecArray): Partial<Product> {
  return { name: match[1], version: match[2] || undefined };
}

/** A rule for product tokens (`Token/1.2`): any of `tokens`, shown as `name`. */
export function product(name: string, ...tokens: string[]): Rule<Product> {
  return [new RegExp(`(?:^|[^a-z0-9])(?:${tokens.join('|')})[/ ]v?(\\d[\\w.-]*)`, 'i'), named(name)];
}

/** A rule for product tokens that are shown as they are written. */
export function products(...tokens: string[]): Rule<Product> {
  return [new RegExp(`(?:^|[^a-z0-9])(${tokens.join('|')})(?:[/ ]v?(\\d[\\w.-]*))?(?![a-z])`, 'i'), asWritten];
}
