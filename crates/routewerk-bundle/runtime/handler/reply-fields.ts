/**
 * The header fields of a reply, from the handler's response to what crosses the channel.
 */
import { hasChangedCookies, mergeCookies } from '../next/call-cookies.ts';
import type { CallCookies } from '../next/call-cookies.ts';
import { splitSetCookie } from '../next/cookie-text.ts';
import {
  canonicalText,
  CONTROL_CHARACTER,
  FLAG_DROPPED,
  FLAG_MIDDLEWARE,
  FLAG_SET_COOKIE,
  fieldName,
  insertField,
  sawControlCharacter,
  splitText,
} from '../web/header-text.ts';

/**
 * What is sent of a handler's fields (canonical text with its flags): framing fields and internal ones are left out,
 * cookies that were set through `cookies()` are joined in, a `set-cookie` value that holds several becomes several.
 *
 * Throws for fields that cannot be sent, and for the marks of `NextResponse.next()` and `rewrite()`.
 */
export function fieldsToSend(text: string, flags: number, cookies: CallCookies | null): string {
  const changed = cookies !== null && hasChangedCookies(cookies) ? cookies : null;
  let sent = text;
  if ((flags & (FLAG_DROPPED | FLAG_MIDDLEWARE | FLAG_SET_COOKIE)) !== 0) {
    sent = rebuild(text, flags, changed);
  } else if (changed !== null) {
    for (const cookie of mergeCookies(changed, [])) {
      sent = insertField(sent, 'set-cookie', cookie);
    }
  }
  if (sawControlCharacter) {
    refuseControlCharacters(sent);
  }
  return sent;
}

function rebuild(text: string, flags: number, cookies: CallCookies | null): string {
  const fields = splitText(text);
  if ((flags & FLAG_MIDDLEWARE) !== 0) {
    refuseMiddlewareMarks(fields);
  }
  let own: string[] = [];
  const kept: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    const value = fields[at + 1] as string;
    if (name === 'set-cookie') {
      own.push(...splitSetCookie(value));
    } else if (((fieldName(name)?.flags ?? 0) & FLAG_DROPPED) === 0) {
      kept.push(name, value);
    }
  }
  if (cookies !== null) {
    own = mergeCookies(cookies, own);
  }
  own.forEach((cookie) => kept.push('set-cookie', cookie));
  return canonicalText(kept);
}

/** A Route Handler cannot pass a request on. */
function refuseMiddlewareMarks(fields: readonly string[]): void {
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] === 'x-middleware-rewrite') {
      throw new Error(
        'NextResponse.rewrite() was used in a app route handler, this is not currently supported. Please remove the invocation to continue.',
      );
    }
    if (fields[at] === 'x-middleware-next' && fields[at + 1] === '1') {
      throw new Error(
        'NextResponse.next() was used in a app route handler, this is not supported. See here for more info: https://nextjs.org/docs/messages/next-response-next-in-app-route-handler',
      );
    }
  }
}

/** `Headers` takes control characters, HTTP does not: the error is the one that Node.js's `setHeader` throws. */
function refuseControlCharacters(text: string): void {
  if (!CONTROL_CHARACTER.test(text)) {
    return;
  }
  const fields = splitText(text);
  const at = fields.findIndex((field, index) => index % 2 === 1 && CONTROL_CHARACTER.test(field));
  const error = new TypeError(`Invalid character in header content ["${fields[at - 1]}"]`);
  throw Object.assign(error, { code: 'ERR_INVALID_CHAR' });
}
