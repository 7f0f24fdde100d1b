/**
 * One call of a `'use cache'` function, whatever keeps its values: how the function is run, what it comes to, and what the value means
 * for whoever uses it.
 */
import { isDevelopment, logValue } from '../handler/host.ts';
import type { CallScope } from '../handler/scope.ts';
import { CachedLife } from './cached-life.ts';
import type { Term } from './cached-life.ts';
import { runCached } from './context.ts';
import type { CachedContext } from './context.ts';
import { hanging } from './dynamic.ts';
import { flatten, unflatten } from './flatten.ts';
import { guardRequest } from './guarded-request.ts';

/** What is known of a value beside the value. */
export interface ValueFacts extends Term {
  /** When its making began, in milliseconds since the epoch. */
  readonly timestamp: number;
  readonly tags: readonly string[];
}

/** A value as it is kept. */
export interface Kept extends ValueFacts {
  readonly text: string;
}

/** What a run has come to. */
export type Outcome = { readonly kept: Kept } | FailedRun;

/** A run that has thrown. */
export interface FailedRun {
  readonly facts: ValueFacts;
  /** What it has thrown. */
  readonly thrown: unknown;
  /** What its callers get of that. */
  readonly shown: unknown;
}

const GENERIC =
  'An error occurred in the Server Components render. The specific message is omitted in production builds to avoid leaking ' +
  'sensitive details. A digest property is included on this error instance which may provide additional details about the ' +
  'nature of the error.';

/** Now, as entries note it. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** One call of a cached function. */
export class CachedRun {
  readonly key: string;
  readonly scope: CallScope | undefined;
  /** The cached function that it was called in. */
  readonly outer: CachedContext | undefined;
  #function: () => unknown;

  constructor(key: string, scope: CallScope | undefined, outer: CachedContext | undefined, run: () => unknown) {
    this.key = key;
    this.scope = scope;
    this.outer = outer;
    this.#function = run;
  }

  /** Whether what is stale must not be given out: it would become a part of something that is kept itself. */
  get isFreshWanted(): boolean {
    return this.scope === undefined || (this.outer !== undefined && this.outer.kind !== 'generator') || this.scope.work?.isGeneration === true;
  }

  /** Runs the function. Never rejects. */
  async make(kind: 'use-cache' | 'private-cache'): Promise<Outcome> {
    if (this.scope !== undefined && kind === 'use-cache') {
      guardRequest(this.scope);
    }
    const lifetime = new CachedLife();
    const timestamp = now();
    const facts = (): ValueFacts => ({ timestamp, ...lifetime.result(), tags: [...lifetime.tags] });
    try {
      const context = { kind, route: this.scope?.route ?? '', lifetime };
      const text = await runCached(context, async () => flatten(await this.#function(), false));
      return { kept: { ...facts(), text } };
    } catch (thrown) {
      return { facts: facts(), thrown, shown: hidden(thrown) };
    }
  }

  /** The value for this call. What is used counts for what it is used in. */
  read(kept: Kept): unknown {
    const work = this.scope?.work;
    work?.trial?.values.set(this.key, kept);
    if (work !== null && work !== undefined && work.trial !== null && this.outer === undefined && isBrief(kept)) {
      work.noteDynamic('"use cache"');
      return hanging();
    }
    const lifetime = this.outer === undefined ? (work?.isGeneration === true ? work : null) : this.outer.lifetime;
    if (lifetime !== null && lifetime !== undefined) {
      lifetime.stale = Math.min(lifetime.stale, kept.stale);
      lifetime.revalidate = Math.min(lifetime.revalidate, kept.revalidate);
      lifetime.expire = Math.min(lifetime.expire, kept.expire);
      kept.tags.forEach((tag) => lifetime.tags.add(tag));
    }
    return unflatten(kept.text);
  }
}

/** What lives so briefly is no part of what is prerendered: Next.js's limits. */
function isBrief({ stale, revalidate, expire }: Term): boolean {
  return revalidate === 0 || expire < 300 || stale < 30;
}

/** What a caller gets of an error inside: in production its message is only in the log, as in Next.js. */
function hidden(failure: unknown): unknown {
  if (isDevelopment() || (failure instanceof Error && failure.message === GENERIC)) {
    return failure;
  }
  const digest = digestOf(failure);
  const shown = typeof failure === 'object' && failure !== null ? failure : new Error(String(failure));
  if (!('digest' in shown) && Object.isExtensible(shown)) {
    Object.assign(shown, { digest });
  }
  logValue('error', '⨯ ', shown);
  return Object.assign(new Error(GENERIC), { digest });
}

function digestOf(failure: unknown): string {
  if (typeof failure === 'object' && failure !== null && typeof (failure as { digest?: unknown }).digest === 'string') {
    return (failure as { digest: string }).digest;
  }
  const text = failure instanceof Error ? `${failure.message}${failure.stack ?? ''}` : String(failure);
  let hash = 5381;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    hash = (hash * 33) ^ text.charCodeAt(index);
  }
  return String(hash >>> 0);
}
