/**
 * What `fetch` and `unstable_cache` keep in the user's own store (user-store.ts), in Next.js's form.
 *
 * Which of it is fresh is decided here, as Next.js does: by the age that the store says, and by the tags that were invalidated since,
 * which the front knows. Requests do not wait for each other's values; within one request a key is asked for by one at a
 * time, so that the second finds what the first has stored.
 */
import { ask, logValue } from '../../handler/host.ts';
import type { CallScope } from '../../handler/scope.ts';
import { hasHeardOfInvalidations } from '../copies.ts';
import type { Found } from '../front.ts';
import { openUserStore } from './user-store.ts';
import type { UserStore } from './user-store.ts';
import type { CacheWork } from '../work.ts';

/** What a value is asked for with. `context` is the second argument of `get`, in the order in which Next.js writes it. */
export interface ValueQuestion {
  readonly key: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly softTags: readonly string[];
  /** The asker's lifetime; undefined takes the value's. */
  readonly revalidate: number | undefined;
  /** Whether equal questions of the request wait until this one is answered for good. */
  readonly isLocking: boolean;
}

/** A value as Next.js keeps it. */
export interface ValueData {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly status: number;
  readonly url: string;
}

/** What was found: the value, and whether it is still good. */
export interface FoundValue {
  readonly data: ValueData;
  readonly isStale: boolean;
}

/** Who has the turn at a key, by request. */
const turns = new WeakMap<CacheWork, Map<string, Promise<void>>>();
const ends = new WeakMap<CacheWork, Map<string, () => void>>();

/** What a question with nothing in the store is answered with: the asker makes the value. */
export const NOTHING: Found = { value: null, isStale: false, age: 0, sequence: 0, lead: true };

/** The store of a request, or one for nobody. */
export async function storeOf(scope: CallScope | undefined): Promise<UserStore | null> {
  if (scope === undefined) {
    return openUserStore();
  }
  const work = scope.cacheWork();
  work.store ??= await openUserStore(work.isGeneration ? {} : Object.fromEntries(scope.request.headers));
  return work.store;
}

/** A value that was found is nothing that its asker could have stored. Told once. */
export async function refuseUserValue(scope: CallScope | undefined, why: string): Promise<void> {
  (await storeOf(scope))?.refuse(why, 'text');
}

/** Looks a value up. Null where there is none that can be used. Never rejects. */
export async function findUserValue(scope: CallScope | undefined, question: ValueQuestion): Promise<FoundValue | null> {
  const work = scope?.cacheWork();
  if (work !== undefined && question.isLocking) {
    await takeTurn(work, question.key);
  }
  const found = await look(scope, question);
  if (found !== null && work !== undefined) {
    endTurn(work, question.key);
  }
  return found;
}

async function look(scope: CallScope | undefined, question: ValueQuestion): Promise<FoundValue | null> {
  const store = await storeOf(scope);
  const answer = store === null ? null : await store.get(question.key, question.context);
  if (store === null || answer === null || !answer.value) {
    return null;
  }
  const entry = readGiven(answer.value);
  if (typeof entry === 'string') {
    store.refuse(entry);
    return null;
  }
  store.accept();
  const all = [...question.tags, ...question.softTags];
  if (scope?.work?.hasInvalidated(all) === true) {
    return null;
  }
  const now = performance.timeOrigin + performance.now();
  const age = (now - entry.lastModified) / 1000;
  const touched = await touchedSince(all, entry.lastModified).catch((failure: unknown) => {
    logValue('warn', 'the cache could not be asked: ', failure);
    return 'expired' as const;
  });
  if (touched === 'expired') {
    return null;
  }
  return { data: entry.data, isStale: age > (question.revalidate || entry.revalidate) || touched === 'stale' };
}

/** Stores a value and lets equal questions go on. Never rejects. */
export async function keepUserValue(
  scope: CallScope | undefined,
  key: string,
  data: ValueData,
  revalidate: number,
  context: Readonly<Record<string, unknown>>,
): Promise<void> {
  // Where the request has its store already, `set` is called before this returns.
  const store = scope?.work?.store ?? (await storeOf(scope));
  try {
    await store?.set(key, { kind: 'FETCH', data, revalidate }, context, key);
  } finally {
    leaveUserValue(scope, key);
  }
}

/** The value that this asker was to make will not come. */
export function leaveUserValue(scope: CallScope | undefined, key: string): void {
  if (scope?.work) {
    endTurn(scope.work, key);
  }
}

async function takeTurn(work: CacheWork, key: string): Promise<void> {
  const waiting = turns.get(work) ?? new Map<string, Promise<void>>();
  turns.set(work, waiting);
  for (let turn = waiting.get(key); turn !== undefined; turn = waiting.get(key)) {
    await turn;
  }
  const own = ends.get(work) ?? new Map<string, () => void>();
  ends.set(work, own);
  waiting.set(key, new Promise((resolve) => own.set(key, resolve)));
}

function endTurn(work: CacheWork, key: string): void {
  turns.get(work)?.delete(key);
  const own = ends.get(work);
  own?.get(key)?.();
  own?.delete(key);
}

async function touchedSince(tags: readonly string[], since: number): Promise<'no' | 'stale' | 'expired'> {
  if (tags.length === 0 || !hasHeardOfInvalidations()) {
    return 'no';
  }
  const { touched } = (await ask('cache.touched', { tags, since })) as { readonly touched: 'no' | 'stale' | 'expired' };
  return touched;
}

interface StoredValue {
  readonly data: ValueData;
  readonly revalidate: number;
  readonly lastModified: number;
}

/** A value that `get` gave; or what is wrong with it. Parts of it may throw when they are read. */
function readGiven(given: unknown): StoredValue | string {
  try {
    return readValue(given);
  } catch (failure) {
    return `it cannot be read: ${messageOf(failure)}`;
  }
}

function readValue(given: unknown): StoredValue | string {
  if (typeof given !== 'object' || given === null) {
    return `expected { value, lastModified }, found a value of type ${typeof given}`;
  }
  const { value, lastModified } = given as { readonly value?: unknown; readonly lastModified?: unknown };
  if (typeof value !== 'object' || value === null || (value as { readonly kind?: unknown }).kind !== 'FETCH') {
    const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind;
    return `expected an entry of the kind "FETCH", found ${kind === undefined ? 'none' : JSON.stringify(kind)}`;
  }
  const { data, revalidate } = value as { readonly data?: unknown; readonly revalidate?: unknown };
  const { body, headers, status, url } = (data ?? {}) as Partial<Record<keyof ValueData, unknown>>;
  if (typeof data !== 'object' || data === null || (body !== undefined && typeof body !== 'string')) {
    return 'its `data` has no `body` that is a text';
  }
  if (status !== undefined && !isStatusOfBody(status)) {
    return `its \`status\` is none of a response with a body`;
  }
  const fields = typeof headers === 'object' && headers !== null ? checkedFields(headers) : {};
  if (fields === null) {
    return 'its `headers` are none that a response has';
  }
  return {
    data: { headers: fields, body, status: status ?? 200, url: typeof url === 'string' ? url : '' },
    revalidate: typeof revalidate === 'number' ? revalidate : Infinity,
    lastModified: typeof lastModified === 'number' && Number.isFinite(lastModified) ? Math.max(lastModified, 0) : 0,
  };
}

/** Statuses of responses that have no body. */
const BODILESS: readonly unknown[] = [204, 205, 304];

function isStatusOfBody(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599 && !BODILESS.includes(status);
}

/** Fields as texts; null where a response cannot have them. */
function checkedFields(headers: object): Record<string, string> | null {
  try {
    return Object.fromEntries(new Headers(headers as Record<string, string>));
  } catch {
    return null;
  }
}

/** What was thrown may throw itself. */
function messageOf(failure: unknown): string {
  try {
    return failure instanceof Error ? failure.message : String(failure);
  } catch {
    return 'it throws what cannot be shown';
  }
}
