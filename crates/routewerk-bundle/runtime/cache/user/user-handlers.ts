/**
 * Which kinds of `'use cache'` are kept by modules of the user's: those that `cacheHandlers` of next.config names, and those that a platform
 * has put in place for `default` and `remote` before (`Symbol.for('@next/cache-handlers')`, as Next.js has it).
 *
 * All other kinds are kept in the front.
 */
import { configModules } from '../../handler/host.ts';
import type { ConfigModules } from '../../handler/ports.ts';
import { UserHandler } from './user-handler.ts';
import type { Durations } from './user-handler.ts';

export type { Durations } from './user-handler.ts';

/** What every project has. */
const OWN_KINDS: readonly string[] = ['default', 'remote'];

const PLATFORM = Symbol.for('@next/cache-handlers');

interface Known {
  readonly modules: ConfigModules;
  readonly handlers: ReadonlyMap<string, UserHandler>;
}

let known: Known | null = null;
let epoch = 0;

/** The handler of a kind; null where the front keeps it. Throws Next.js's error for a kind that there is not. */
export function userHandler(kind: string): UserHandler | null {
  const handler = handlers().get(kind);
  if (handler === undefined && !OWN_KINDS.includes(kind)) {
    throw new Error(`Unknown cache handler: ${kind}`);
  }
  return handler ?? null;
}

/** Counts the invalidations of this worker: what was begun before one is not shared with who asks after it. */
export function invalidationEpoch(): number {
  return epoch;
}

/**
 * Tells every handler once that tags were invalidated: at once, or as `durations` say. Never rejects; resolves when all have heard
 * of it, have failed or are too slow.
 */
export async function updateUserTags(tags: readonly string[], durations: Durations | null): Promise<void> {
  epoch += 1;
  const objects = new Map<object, UserHandler>();
  const loaded = await Promise.all([...handlers().values()].map(async (handler) => [await handler.object(), handler] as const));
  for (const [object, handler] of loaded) {
    if (object !== null && !objects.has(object)) {
      objects.set(object, handler);
    }
  }
  await Promise.all([...objects].map(([object, handler]) => handler.update(object, tags, durations)));
}

function handlers(): ReadonlyMap<string, UserHandler> {
  const modules = configModules();
  if (known?.modules !== modules) {
    // As in Next.js those of every project hear of an invalidation first.
    const { default: byDefault, remote, ...others } = modules.cacheHandlers ?? {};
    const named = Object.entries({ default: byDefault, remote, ...others }).flatMap(([kind, module]) =>
      module === undefined ? [] : [[kind, UserHandler.ofModule(kind, module)] as const],
    );
    known = { modules, handlers: new Map([...platformHandlers(), ...named]) };
  }
  return known.handlers;
}

function platformHandlers(): Array<readonly [kind: string, handler: UserHandler]> {
  const given = (globalThis as Record<symbol, unknown>)[PLATFORM] as { DefaultCache?: unknown; RemoteCache?: unknown } | null | undefined;
  const { DefaultCache: byDefault, RemoteCache: remote = byDefault } = given ?? {};
  const all = [
    ['default', 'DefaultCache', byDefault],
    ['remote', 'RemoteCache', remote],
  ] as const;
  return all
    .filter(([, , value]) => Boolean(value))
    .map(([kind, name, value]) => [kind, new UserHandler(`${name} of Symbol.for('@next/cache-handlers')`, async () => ({ value }))]);
}
