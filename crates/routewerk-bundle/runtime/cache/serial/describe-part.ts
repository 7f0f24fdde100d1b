/**
 * Shows where in an object something stands that cannot be kept, in the form that Next.js shows it.
 */

const MAX_SHOWN = 40;

/** The object with the property that is meant underlined, behind a message. */
export function describePart(holder: object, key: string): string {
  const { text, at } = describeObject(holder, key);
  return at === null ? `\n  ${text}` : `\n  ${text}\n  ${' '.repeat(at.start)}${'^'.repeat(at.length)}`;
}

interface Described {
  readonly text: string;
  /** Where the property stands that was meant. */
  readonly at: { readonly start: number; readonly length: number } | null;
}

function describeObject(object: object, key: string | null): Described {
  const kind = kindOf(object);
  if (kind !== 'Object' && kind !== 'Array') {
    return { text: kind, at: null };
  }
  const isArray = Array.isArray(object);
  let text = isArray ? '[' : '{';
  let at: Described['at'] = null;
  const names = isArray ? Array.from(object, (_, index) => String(index)) : Object.keys(object);
  names.forEach((name, index) => {
    const label = isArray ? '' : `${quoted(name)}: `;
    text += `${index === 0 ? '' : ', '}${label}`;
    const value = describeValue((object as Record<string, unknown>)[name]);
    if (name === key) {
      at = value.length === 0 ? null : { start: text.length, length: value.length };
      text += value;
    } else {
      text += value.length < 10 && text.length + value.length < MAX_SHOWN ? value : '...';
    }
  });
  return { text: `${text}${isArray ? ']' : '}'}`, at };
}

function quoted(name: string): string {
  const text = JSON.stringify(name);
  return text === `"${name}"` ? name : text;
}

function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length <= 10 ? value : `${value.slice(0, 10)}...`);
    case 'object':
      return value === null ? 'null' : describeObject(value, null).text;
    case 'function': {
      const { displayName, name } = value as { readonly displayName?: unknown; readonly name: string };
      const shown = displayName !== undefined && displayName !== '' ? String(displayName) : name;
      return shown === '' ? 'function' : `function ${shown}`;
    }
    default:
      return String(value);
  }
}

function kindOf(object: object): string {
  return Object.prototype.toString.call(object).slice(8, -1);
}
