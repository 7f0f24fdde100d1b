/**
 * Entries of static routes in the user's own store: the calls by which the front asks for one and hands one over
 * (docs/design/caching.md). No handler is called.
 */
import { builtin } from '../builtins.ts';
import { entryFactsText } from '../cache/facts.ts';
import type { EntryFacts } from '../cache/facts.ts';
import { pageOf } from '../cache/tags.ts';
import { openUserStore } from '../cache/user/user-store.ts';
import type { Call, Reply } from '../channel/types.ts';
import { IncomingBody } from '../web/incoming-body.ts';
import { failureText, logValue } from './host.ts';
import type { RouteInfo } from './ports.ts';

/** The discriminant of a call that asks for an entry. */
export const LOOK_UP = 4;

/** Where Next.js keeps an entry's tags: among its fields. */
const TAGS_FIELD = 'x-next-cache-tags';

/** An entry as Next.js keeps it. */
interface AppRoute {
  readonly kind: 'APP_ROUTE';
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Record<string, string | string[]>;
}

/** What is between the user's store and the front. */
interface FoundEntry {
  readonly status: number;
  readonly fields: string;
  readonly body: Uint8Array;
  readonly facts: EntryFacts;
}

const NOTHING: EntryFacts = { failure: null, revalidate: null, expire: null, tags: [], found: null };

/** Answers a call about an entry. Never throws. */
export async function answerStoreCall(info: RouteInfo | undefined, call: Call, reply: Reply): Promise<void> {
  try {
    if (info === undefined) {
      throw new Error(`the front asked for an entry of route ${call.route}, which there is not`);
    }
    await (call.generation === LOOK_UP ? lookUp(info, call, reply) : keep(info, call, reply));
  } catch (failure) {
    logValue('error', '', failure);
    answer(reply, { ...NOTHING, failure: failureText(failure) });
  }
}

async function lookUp(info: RouteInfo, call: Call, reply: Reply): Promise<void> {
  const store = await openUserStore();
  if (store === null) {
    answer(reply, NOTHING);
    return;
  }
  const context = { kind: 'APP_ROUTE', isRoutePPREnabled: false, isFallback: false };
  const found = await store.get(entryKey(info, pathOf(call)), context);
  if (found === null || !found.value) {
    answer(reply, NOTHING);
    return;
  }
  const entry = readEntry(found.value);
  if (typeof entry === 'string') {
    store.refuse(entry);
    answer(reply, NOTHING);
    return;
  }
  store.accept();
  reply.facts = entryFactsText(entry.facts);
  reply.whole(entry.status, '', entry.fields, entry.body, false);
}

function answer(reply: Reply, facts: EntryFacts): void {
  reply.facts = entryFactsText(facts);
  reply.whole(200, '', '', null, false);
}

async function keep(info: RouteInfo, call: Call, reply: Reply): Promise<void> {
  const path = pathOf(call);
  const fields = call.headers;
  const bytes = call.body === null ? new Uint8Array(0) : (call.body.complete ?? (await new IncomingBody(call.body).collect()));
  const store = await openUserStore();
  if (store !== null) {
    const { value, cacheControl } = readKept(fields, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const context = { kind: 'APP_ROUTE', isRoutePPREnabled: false, isFallback: false, cacheControl };
    await store.set(entryKey(info, path), value, context, path);
  }
  answer(reply, NOTHING);
}

/** The path of a call's URL, still escaped. */
function pathOf(call: Call): string {
  return new URL(call.url).pathname;
}

/**
 * The key of an entry, as Next.js 16 makes it: a hash of the route's place among the files, and the decoded path. What would change
 * the path's shape stays escaped in it.
 */
function entryKey(info: RouteInfo, path: string): string {
  const source = builtin('node:crypto').createHash('sha256').update(pageOf(info)).digest('hex');
  return `/route-cache/APP_ROUTE/${source}/$${normalised(path)}`;
}

const DELIMITER = /[/#?]|%(?:2f|23|3f|5c)/gi;

function normalised(path: string): string {
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
  const decoded = plain
    .split('/')
    .map((segment) => decodeURIComponent(segment).replace(DELIMITER, encodeURIComponent))
    .join('/');
  return decoded === '/' || /^\/index(?:\/|$)/.test(decoded) ? `/index${decoded === '/' ? '' : decoded}` : decoded;
}

/** An entry that `get` gave; or what is wrong with it. */
function readEntry(given: unknown): FoundEntry | string {
  if (typeof given !== 'object' || given === null) {
    return `expected { value, lastModified }, found a value of type ${typeof given}`;
  }
  const { value, lastModified, cacheControl } = given as Readonly<Record<string, unknown>>;
  if (typeof value !== 'object' || value === null || (value as Partial<AppRoute>).kind !== 'APP_ROUTE') {
    const kind: unknown = (value as Partial<AppRoute> | null | undefined)?.kind;
    return `expected an entry of the kind "APP_ROUTE", found ${kind === undefined ? 'none' : JSON.stringify(kind)}`;
  }
  const { status, headers, body } = value as Readonly<Record<string, unknown>>;
  const bytes = bytesOf(body);
  if (bytes === null) {
    return `its \`body\` is neither bytes nor a text, but of type ${typeof body}`;
  }
  if (typeof headers !== 'object' || headers === null) {
    return 'it has no `headers`';
  }
  const code = status === undefined || status === 0 ? 200 : status;
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 200 || code > 599) {
    return `its \`status\` ${String(status)} is none`;
  }
  let fields: string;
  try {
    fields = fieldsOf(headers as Record<string, unknown>);
  } catch (failure) {
    return `its \`headers\` cannot be sent: ${(failure as Error).message}`;
  }
  const tags = (headers as Record<string, unknown>)[TAGS_FIELD];
  const facts = {
    failure: null,
    ...lifeOf(cacheControl),
    tags: typeof tags === 'string' && tags !== '' ? tags.split(',') : [],
    found: foundAt(lastModified),
  };
  return { status: code, fields, body: bytes, facts };
}

function bytesOf(body: unknown): Uint8Array | null {
  if (body instanceof Uint8Array) {
    return body;
  }
  if (typeof body === 'string') {
    return Buffer.from(body, 'utf8');
  }
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  }
  return body instanceof ArrayBuffer ? new Uint8Array(body) : null;
}

/** A block of fields, checked by the platform's own class. */
function fieldsOf(headers: Record<string, unknown>): string {
  const checked = new Headers();
  const lines: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) {
        continue;
      }
      checked.set(name, String(one));
      lines.push(`${name.toLowerCase()}\n${checked.get(name) ?? ''}\n`);
    }
  }
  return lines.join('');
}

/** What the store says of an entry's lifetime, as Next.js reads it. */
function lifeOf(cacheControl: unknown): Pick<EntryFacts, 'revalidate' | 'expire'> {
  if (typeof cacheControl !== 'object' || cacheControl === null) {
    return { revalidate: null, expire: null };
  }
  const { revalidate, expire } = cacheControl as Readonly<Record<string, unknown>>;
  const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  return {
    revalidate: isTime(revalidate) ? Math.max(revalidate, 0) : false,
    expire: isTime(expire) ? Math.max(expire, 0) : null,
  };
}

function foundAt(lastModified: unknown): EntryFacts['found'] {
  if (lastModified === -1) {
    return 'outdated';
  }
  return typeof lastModified === 'number' && Number.isFinite(lastModified) && lastModified > 0 ? lastModified : 'unknown';
}

/** An entry that the front hands over: its fields, and a body that begins with a line about it and a line of its tags. */
function readKept(
  block: string,
  bytes: Buffer,
): { readonly value: AppRoute; readonly cacheControl: { revalidate: number | false; expire: number | undefined } } {
  const first = bytes.indexOf(10);
  const second = bytes.indexOf(10, first + 1);
  const [status, revalidate, expire] = bytes.toString('latin1', 0, first).split(' ');
  const tags = bytes.toString('utf8', first + 1, second);
  const headers: Record<string, string | string[]> = {};
  const parts = block.split('\n');
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [name, value] = [parts[at] as string, parts[at + 1] as string];
    const before = headers[name];
    headers[name] = before === undefined ? value : name === 'set-cookie' ? [before, value].flat() : `${String(before)}, ${value}`;
  }
  if (tags !== '') {
    headers[TAGS_FIELD] = tags;
  }
  return {
    value: { kind: 'APP_ROUTE', status: Number(status), headers, body: bytes.subarray(second + 1) },
    cacheControl: {
      revalidate: revalidate === 'never' ? false : Number(revalidate),
      expire: expire === 'never' ? undefined : Number(expire),
    },
  };
}
