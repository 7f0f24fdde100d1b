/**
 * One call of a `'use cache'` function, whatever keeps its values: how the function is run, what it comes to, and what the value means
 * for whoever uses it.
 */
import type { CallScope } from '../../handler/scope.ts';
import { CallMemory } from '../call-memory.ts';
import { CachedLife } from './cached-life.ts';
import type { Term } from './cached-life.ts';
import { runCached } from '../context.ts';
import type { CachedContext } from '../context.ts';
import { hanging } from '../dynamic/dynamic.ts';
import { guardRequest } from '../dynamic/guarded-request.ts';
import { isDynamicLife, NestedCall, noteNestedLife, refusedLife } from './nested-life.ts';
import { readArguments, readResult } from '../serial/read-value.ts';
import { isInterruption, noteError, shownError } from './shown-error.ts';
import type { WrittenArguments } from '../serial/write-arguments.ts';
import { writeResult, writeThrown } from '../serial/write-result.ts';

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
export type Outcome = MadeValue | FailedRun;

/** A run that has returned something. */
export interface MadeValue {
  readonly kept: Kept;
  /** What is wrong with a promise or a stream in it: then it is for this call alone. */
  readonly broken: { readonly thrown: unknown } | null;
}

/** A run that has thrown. */
export interface FailedRun {
  readonly facts: ValueFacts;
  /** What it has thrown. */
  readonly thrown: unknown;
  /** What its callers get of that. */
  readonly shown: unknown;
}

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
  readonly #written: WrittenArguments;
  readonly #function: (args: unknown[]) => unknown;
  /** Where it is called in another cached function, in a generation. */
  readonly #nestedCall: NestedCall | null;

  constructor(
    key: string,
    scope: CallScope | undefined,
    outer: CachedContext | undefined,
    written: WrittenArguments,
    run: (args: unknown[]) => unknown,
  ) {
    this.key = key;
    this.scope = scope;
    this.outer = outer;
    this.#written = written;
    this.#function = run;
    this.#nestedCall = outer?.kind === 'use-cache' && scope?.work?.isGeneration === true ? new NestedCall() : null;
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
    const context = { kind, route: this.scope?.route ?? '', lifetime, calls: new CallMemory() };
    let first: { readonly thrown: unknown } | null = null;
    const note = (thrown: unknown): ReturnType<typeof noteError> => {
      // What `redirect()` and its like throw is kept like a result (Next.js).
      first ??= isInterruption(thrown) ? null : { thrown };
      return noteError(thrown);
    };
    const { args, numbers } = readArguments(this.#written);
    const { text, failure } = await runCached(context, async () => {
      try {
        return await writeResult(await this.#function(args), numbers, note);
      } catch (thrown) {
        const failed = note(thrown);
        return isInterruption(thrown) ? { text: writeThrown(failed), failure: null } : { text: '', failure: failed };
      }
    });
    const broken = first as { readonly thrown: unknown } | null;
    if (failure !== null) {
      return { facts: facts(), thrown: broken?.thrown, shown: shownError(failure) };
    }
    const kept = { ...facts(), text };
    noteNestedLife(kept, lifetime, context.route);
    return { kept, broken };
  }

  /** The value for this call. What is used counts for what it is used in. Throws `UnknownFunction`. */
  read(kept: Kept): unknown {
    const work = this.scope?.work;
    work?.trial?.values.set(this.key, kept);
    if (work !== null && work !== undefined && work.trial !== null && this.outer === undefined && isBrief(kept)) {
      const refused = refusedLife(kept);
      if (refused !== null) {
        throw refused;
      }
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
    if (this.#nestedCall !== null && lifetime instanceof CachedLife && isDynamicLife(kept)) {
      lifetime.shortenedBy ??= this.#nestedCall;
    }
    return readResult(kept.text, this.#written.given);
  }
}

/** What lives so briefly is no part of what is prerendered: Next.js's limits. */
function isBrief(term: Term): boolean {
  return isDynamicLife(term) || term.stale < 30;
}
