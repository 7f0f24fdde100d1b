/**
 * Header fields as text, the form in which they cross the channel: `name LF value LF` repeated.
 *
 * *Canonical* text has lower-case names in code unit order, each once (values joined by `, `), except `set-cookie`,
 * which keeps one field per cookie: exactly what iterating a `Headers` object gives (Fetch standard, section 2.2.2,
 * "sort and combine"). A response's fields are kept as canonical text from the start, because most responses are sent
 * without anyone having looked at their `headers`.
 *
 * Nothing here throws. What is not plainly valid is refused with null, and the caller asks the platform's own class,
 * which either accepts it or throws the platform's own error.
 */

/** A field that the reply path has to treat: it must not be sent, or it changes what is sent. */
export const FLAG_DROPPED = 1;
/** The block has `set-cookie`. */
export const FLAG_SET_COOKIE = 2;
/** The block has a field by which `NextResponse.next()` and `NextResponse.rewrite()` mark a response. */
export const FLAG_MIDDLEWARE = 4;
/** The block has `content-type`. */
export const FLAG_CONTENT_TYPE = 8;

/** A field name that has been checked. */
export interface FieldName {
  readonly lower: string;
  /** `lower LF`: what a block begins with when this is its first field. */
  readonly head: string;
  /** `LF lower LF`: what stands before the value of this field further down. */
  readonly needle: string;
  readonly flags: number;
}

const FLAGS = new Map<string, number>([
  ['content-length', FLAG_DROPPED],
  ['transfer-encoding', FLAG_DROPPED],
  ['x-middleware-set-cookie', FLAG_DROPPED],
  ['set-cookie', FLAG_SET_COOKIE],
  ['x-middleware-rewrite', FLAG_MIDDLEWARE],
  ['x-middleware-next', FLAG_MIDDLEWARE],
  ['content-type', FLAG_CONTENT_TYPE],
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Names seen so far, by the spelling that was used. Bounded, because names may come from data. */
const names = new Map<string, FieldName>();
const MAX_NAMES = 1024;

/** The checked form of a field name, or null if it is no token (RFC 9110 section 5.6.2). */
export function fieldName(name: string): FieldName | null {
  return names.get(name) ?? learnName(name);
}

function learnName(name: string): FieldName | null {
  if (!TOKEN.test(name)) {
    return null;
  }
  const lower = name.toLowerCase();
  const learnt = { lower, head: `${lower}\n`, needle: `\n${lower}\n`, flags: FLAGS.get(lower) ?? 0 };
  if (names.size < MAX_NAMES) {
    names.set(name, learnt);
  }
  return learnt;
}

/**
 * Whether a value with a control character other than TAB has ever been accepted. `Headers` allows them, HTTP does
 * not, and the front refuses them; as long as none was seen, replies need no check.
 */
export let sawControlCharacter = false;

/**
 * The normalised form of a field value (Fetch standard, "normalize" a byte sequence), or null if it is not a valid
 * value: NUL, CR or LF inside, or a character above U+00FF.
 */
export function fieldValue(value: string): string | null {
  const length = value.length;
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) {
      if (code !== 0x09 && (code < 0x80 || code > 0xff)) {
        return unusualValue(value);
      }
    }
  }
  if (length !== 0 && (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(length - 1)))) {
    return trimBlanks(value);
  }
  return value;
}

/** Takes note of control characters in a value that the platform has accepted. */
export function noteValue(value: string): void {
  sawControlCharacter ||= CONTROL_CHARACTER.test(value);
}

/** HTTP whitespace: TAB, LF, CR, space. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) {
    start += 1;
  }
  while (end > start && isBlank(value.charCodeAt(end - 1))) {
    end -= 1;
  }
  return value.slice(start, end);
}

function unusualValue(value: string): string | null {
  const trimmed = trimBlanks(value);
  for (let index = 0; index < trimmed.length; index += 1) {
    const code = trimmed.charCodeAt(index);
    if (code === 0 || code === 0x0a || code === 0x0d || code > 0xff) {
      return null;
    }
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) {
      sawControlCharacter = true;
    }
  }
  return trimmed;
}

/** Finds a control character that HTTP does not allow in a value: not TAB, and not the LF that ends each line. */
export const CONTROL_CHARACTER: RegExp = /[\0-\x08\x0b-\x1f\x7f]/;

/** The flags of the text that the last call of `canonicalText` or `recordText` returned. */
export let lastFlags = 0;

/** For texts whose flags were kept. */
export function setLastFlags(flags: number): void {
  lastFlags = flags;
}

/**
 * The canonical text of a plain record of fields, or null if anything in it needs the platform's own conversion.
 * Sets `lastFlags`.
 */
export function recordText(record: Readonly<Record<string, unknown>>): string | null {
  const keys = Object.keys(record);
  if (keys.length === 1) {
    const key = keys[0] as string;
    const name = fieldName(key);
    const given = record[key];
    const value = typeof given === 'string' ? fieldValue(given) : plainValue(given);
    if (name === null || value === null) {
      return null;
    }
    lastFlags = name.flags;
    return `${name.head}${value}\n`;
  }
  const fields: string[] = [];
  for (const key of keys) {
    const name = fieldName(key);
    const given = record[key];
    const value = typeof given === 'string' ? fieldValue(given) : plainValue(given);
    if (name === null || value === null) {
      return null;
    }
    fields.push(name.lower, value);
  }
  return canonicalText(fields);
}

/** A value that is no string but whose text is beyond doubt, or null. */
export function plainValue(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return fieldValue(value);
    case 'number':
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? 'null' : null;
    default:
      return null;
  }
}

/** The canonical text of checked fields (`[name, value, name, value …]`, which is sorted in place). Sets `lastFlags`. */
export function canonicalText(fields: string[]): string {
  sortFields(fields);
  let text = '';
  let flags = 0;
  for (let at = 0; at < fields.length; ) {
    const name = fields[at] as string;
    let value = fields[at + 1] as string;
    at += 2;
    if (name !== 'set-cookie') {
      const separator = name === 'cookie' ? '; ' : ', ';
      while (at < fields.length && fields[at] === name) {
        value += separator + (fields[at + 1] as string);
        at += 2;
      }
    }
    flags |= fieldName(name)?.flags ?? 0;
    text += `${name}\n${value}\n`;
  }
  lastFlags = flags;
  return text;
}

/** Sorts fields by name, stably: by insertion, because there are few and they often are in order. */
function sortFields(fields: string[]): void {
  for (let at = 2; at < fields.length; at += 2) {
    const name = fields[at] as string;
    let to = at;
    while (to > 0 && (fields[to - 2] as string) > name) {
      to -= 2;
    }
    if (to !== at) {
      fields.splice(to, 0, ...fields.splice(at, 2));
    }
  }
}

/** The fields of a block as `[name, value, name, value …]`, in the block's order. */
export function splitText(text: string): string[] {
  const fields: string[] = [];
  let at = 0;
  while (at < text.length) {
    const nameEnd = text.indexOf('\n', at);
    const valueEnd = text.indexOf('\n', nameEnd + 1);
    fields.push(text.slice(at, nameEnd), text.slice(nameEnd + 1, valueEnd));
    at = valueEnd + 1;
  }
  return fields;
}

/** Adds one field to canonical text, behind those of the same name; only for a name that is not to be joined. */
export function insertField(text: string, name: string, value: string): string {
  let at = 0;
  while (at < text.length) {
    const nameEnd = text.indexOf('\n', at);
    if (text.slice(at, nameEnd) > name) {
      break;
    }
    at = text.indexOf('\n', nameEnd + 1) + 1;
  }
  return `${text.slice(0, at)}${name}\n${value}\n${text.slice(at)}`;
}

/**
 * Where the value of a field begins, at or after `from` (which is the start of a line that holds a name), or -1.
 *
 * Names stand on even lines. A value that happens to equal the name stands on an odd one, so the lines before a find
 * are counted.
 */
export function findValue(text: string, name: FieldName, from: number): number {
  if (text.startsWith(name.head, from)) {
    return from + name.head.length;
  }
  let at = text.indexOf(name.needle, from);
  let line = from;
  let isValue = true;
  while (at !== -1) {
    let next = text.indexOf('\n', line);
    while (next < at) {
      isValue = !isValue;
      next = text.indexOf('\n', next + 1);
    }
    if (!isValue) {
      return at + name.needle.length;
    }
    line = at;
    at = text.indexOf(name.needle, at + 1);
  }
  return -1;
}
