/**
 * `'use cache'`: the compiler makes of a function with the directive one that asks here (`src/use_cache`).
 *
 * What a function returns is kept under its place in the build, its arguments and the variables that it captures. Every caller gets a
 * value of his own, read from text, also the first. What follows `use cache: ` says where it is kept: in a module of the user's
 * (`cacheHandlers` of next.config), else in the front; `private` values live as long as their request.
 */
import { settings } from '../../handler/host.ts';
import { currentScope } from '../../handler/scope.ts';
import { isDraftCall } from '../../next/draft-mode.ts';
import { writeBound } from './bound-values.ts';
import { cachedFunction, noteFunction, noteMaker } from '../serial/cached-functions.ts';
import type { AnyFunction } from '../serial/cached-functions.ts';
import { CachedRun } from './cached-run.ts';
import type { Kept } from './cached-run.ts';
import { cachedContext } from '../context.ts';
import { frontValue } from './front-value.ts';
import { handledValue, readyForDraft } from '../user/handled-value.ts';
import { KeyHash } from '../key.ts';
import { privateValue } from './private-value.ts';
import { readResult, UnknownFunction } from '../serial/read-value.ts';
import type { UserHandler } from '../user/user-handler.ts';
import { userHandler } from '../user/user-handlers.ts';
import { writeArguments } from '../serial/write-arguments.ts';

/** What the compiler says of a cached function: its place, what follows `use cache: `, how many arguments it takes (-1: all). */
interface Place {
  readonly id: string;
  readonly kind: string;
  readonly count: number;
}

/** The function itself, given what it captures. */
type Make = (...captured: unknown[]) => (...args: unknown[]) => unknown;

/** What a function captures: nothing, values of now, or what is asked for when it is called. */
type Captured = readonly unknown[] | (() => readonly unknown[]) | null;

/** What the compiler calls (`src/use_cache/wrapper.rs`). */
export const useCache = {
  /** An expression that is a cached function. */
  make(id: string, kind: string, count: number, name: string, captured: Captured, make: Make): AnyFunction {
    if (typeof captured === 'function') {
      const late = async (...args: unknown[]): Promise<unknown> => callCached({ id, kind, count }, writeBound(captured()), args, make);
      return named(late, name);
    }
    return madeFunction({ id, kind, count }, name, captured === null ? null : writeBound(captured), make);
  },

  /** A declared function that is called. `live` gives what it captures where it is called above its declaration. */
  async declared(self: AnyFunction, id: string, kind: string, count: number, args: unknown[], live: (() => readonly unknown[]) | null, make: Make): Promise<unknown> {
    const bound = live === null ? null : (cachedFunction(self)?.bound ?? writeBound(live()));
    if (live !== null) {
      noteMaker(id, (again) => madeFunction({ id, kind, count }, self.name, again, make));
    }
    return callCached({ id, kind, count }, bound, args, make);
  },

  /** The place where a function is declared. */
  bind(self: AnyFunction, id: string, captured?: readonly unknown[]): void {
    noteFunction(self, id, captured === undefined ? null : writeBound(captured));
  },
};

function madeFunction(place: Place, name: string, bound: Promise<string> | null, make: Make): AnyFunction {
  const made = named(async (...args: unknown[]): Promise<unknown> => callCached(place, bound, args, make), name);
  noteFunction(made, place.id, bound);
  if (bound !== null) {
    noteMaker(place.id, (again) => madeFunction(place, name, again, make));
  }
  return made;
}

function named(run: (...args: unknown[]) => unknown, name: string): AnyFunction {
  return Object.defineProperty(run, 'name', { value: name, configurable: true });
}

const NOTHING: ReadonlyMap<number, unknown> = new Map();

/** Calls a cached function. Inside of another one equal calls are one, as in Next.js. */
function callCached(place: Place, bound: Promise<string> | null, given: readonly unknown[], make: Make): Promise<unknown> {
  const own = place.count === -1 ? given : given.slice(0, place.count);
  const call = (): Promise<unknown> => answer(place, bound, own, make);
  const memory = cachedContext()?.calls;
  return memory === undefined ? call() : memory.once([place.id, bound, ...own], call);
}

/** The value for a call. What is computed is computed of what its key was made of: arguments and captured values are read from its text. */
async function answer(place: Place, bound: Promise<string> | null, own: readonly unknown[], make: Make): Promise<unknown> {
  const { id, kind } = place;
  const scope = currentScope();
  const outer = cachedContext();
  const handler = kind === 'private' ? null : userHandler(kind);
  // What is done to an argument in the same turn still counts (Next.js).
  await undefined;
  const written = await writeArguments(bound === null ? own : [readResult(await bound, NOTHING), ...own]);
  const build = settings()?.buildId ?? '';
  const key = new KeyHash('use-cache').add(build).add(id).add(kind).add(written.text).hex();
  const run = (args: unknown[]): unknown => (bound === null ? make()(...args) : make(...(args[0] as unknown[]))(...args.slice(1)));
  const cached = new CachedRun(key, scope, outer, written, run);
  if (kind === 'private') {
    return privateValue(cached);
  }
  const failure = scope?.work?.failureOf(key);
  if (failure !== undefined) {
    throw failure.thrown;
  }
  try {
    return await sharedValue(cached, handler);
  } catch (thrown) {
    scope?.cacheWork().noteFailure(key, thrown);
    throw thrown;
  }
}

async function sharedValue(run: CachedRun, handler: UserHandler | null): Promise<unknown> {
  const { scope, key } = run;
  if (scope !== undefined && isDraftCall(scope)) {
    return run.read(await draftValue(run, handler));
  }
  const known = scope?.work?.trial?.values.get(key) as Kept | undefined;
  if (known !== undefined) {
    return run.read(known);
  }
  const look = async (): Promise<unknown> => readOrMake(run, await (handler === null ? frontValue(run) : handledValue(run, handler)));
  return scope === undefined ? look() : scope.cacheWork().reading(look);
}

/** What another worker has kept may name a function that this one meets only when it makes the value itself. */
async function readOrMake(run: CachedRun, kept: Kept): Promise<unknown> {
  try {
    return run.read(kept);
  } catch (failure) {
    if (!(failure instanceof UnknownFunction)) {
      throw failure;
    }
  }
  const outcome = await run.make('use-cache');
  if (!('kept' in outcome)) {
    throw outcome.shown;
  }
  return run.read(outcome.kept);
}

/** Nothing that is kept is used for who sees drafts, and nothing is kept beyond the request. */
async function draftValue(run: CachedRun, handler: UserHandler | null): Promise<Kept> {
  const values = run.scope?.cacheWork().privateValues;
  const earlier = values?.get(run.key) as Promise<Kept> | undefined;
  const making =
    earlier ??
    (async (): Promise<Kept> => {
      await readyForDraft(run, handler);
      const outcome = await run.make('use-cache');
      if (!('kept' in outcome)) {
        throw outcome.shown;
      }
      return outcome.kept;
    })();
  values?.set(run.key, making);
  return making;
}
