/**
 * What caching knows of one call: how its route stores things, what a generation has used so far, and what is still to be
 * told to the front.
 *
 * An ordinary call has one only if it asks for something of this; a generation always has one.
 */
import { logValue } from '../handler/host.ts';
import { trackWork } from '../handler/after.ts';
import type { Call } from '../channel/types.ts';
import type { RouteInfo } from '../handler/ports.ts';
import { invalidate } from './front.ts';
import type { HandledMemory } from './user/handled-value.ts';
import { INFINITE, lifeProfile } from './life.ts';
import type { Lifetime } from './life.ts';
import { implicitTags } from './tags.ts';
import { hasUserStore, openUserStore } from './user/user-store.ts';
import type { UserStore } from './user/user-store.ts';
import { updateUserTags } from './user/user-handlers.ts';
import type { Durations } from './user/user-handlers.ts';

/** How a route's `dynamic` export changes what its handlers see. */
export type DynamicMode = 'auto' | 'force-dynamic' | 'error' | 'force-static';

/** The discriminant of a generation that `build` makes. */
export const BUILD = 1;

/** The part of a route that caching looks at. */
export interface CacheRoute {
  readonly info: RouteInfo;
  readonly dynamic: DynamicMode;
  /** The `fetchCache` export. */
  readonly fetchCache: unknown;
  /** The `revalidate` export. */
  readonly revalidate: unknown;
}

/** What a `fetch` has to know of where it is called. */
export interface FetchScope {
  /** The route's pattern, for messages. */
  readonly route: string;
  readonly dynamic: DynamicMode;
  /** The `fetchCache` export. */
  readonly fetchCache: unknown;
  readonly work: CacheWork | null;
  cacheWork(): CacheWork;
}

/** What the runs of one generation share with `cacheComponents`. */
export interface TrialMemory {
  /** What was kept or found, by key. */
  readonly values: Map<string, unknown>;
  /** What cached functions have thrown, by key. */
  readonly failures: Map<string, unknown>;
  /** How many look-ups are under way. */
  reads: number;
  /** Called when something was used that makes the generation dynamic. */
  onDynamic(): void;
}

/** What `revalidateTag` names beside the tag: a profile of next.config, a lifetime, or nothing. */
export type TagProfile = string | { readonly expire?: number } | undefined;

interface Invalidation {
  readonly tag: string;
  readonly profile: TagProfile;
}

/** What caching knows of one call. */
export class CacheWork implements Lifetime {
  readonly route: CacheRoute;
  /** The discriminant of the call's generation; 0 for the call of a client. */
  readonly generation: number;
  /** The path of the URL, still escaped. */
  readonly pathname: string;
  /** How long a client may keep the shortest-lived of what was used, in seconds. Nothing of a handler's reply depends on it. */
  stale = INFINITE;
  /** The shortest lifetime so far, in seconds. */
  revalidate: number;
  /** The shortest time after which nothing stale is used, in seconds. */
  expire = INFINITE;
  readonly tags = new Set<string>();
  /** What a generation has used that only a request can have. */
  dynamicUse: string | null = null;
  /** What a generation with `cacheComponents` has asked for that only a request has, and that it may wait for. */
  hangsOn: string | null = null;
  /** Set in a generation with `cacheComponents`: it runs twice, and what the first run has waited for the second finds here. */
  readonly trial: TrialMemory | null;
  /** What `'use cache: private'` functions have returned in this call, by key. */
  readonly privateValues = new Map<string, Promise<unknown>>();
  /** What the user's `cacheHandlers` have given this call; null as long as none was asked. */
  handled: HandledMemory | null = null;
  /** What `'use cache'` calls are being answered with, by key. */
  readonly pendingValues = new Map<string, Promise<unknown>>();
  /** The user's own store, once this call has asked for it. */
  store: UserStore | null = null;
  /** How many values were asked for. */
  valueIndex = 0;
  /** `unstable_noStore()` was called. */
  isNoStore = false;
  #implicitTags: readonly string[] | null = null;
  #invalidations: Invalidation[] = [];
  /** When this call has last invalidated a tag, in milliseconds since the epoch. */
  #invalidated = new Map<string, number>();
  #underWay = new Map<string, Promise<unknown>>();
  readonly #failures = new Map<string, { readonly thrown: unknown }>();

  constructor(route: CacheRoute, call: Call, trial: TrialMemory | null = null) {
    this.trial = trial;
    this.route = route;
    this.generation = call.generation;
    this.pathname = new URL(call.url).pathname;
    this.revalidate = typeof route.revalidate === 'number' ? route.revalidate : INFINITE;
  }

  /** Counts a look-up that the first run of a generation waits for. */
  async reading<T>(look: () => Promise<T>): Promise<T> {
    const trial = this.trial;
    if (trial === null) {
      return look();
    }
    trial.reads += 1;
    try {
      return await look();
    } finally {
      trial.reads -= 1;
    }
  }

  /**
   * Notes what a `'use cache'` function has thrown. All runs of a generation get it; of a call of a client those that ask at once: who
   * asks a little later has it run again, as in Next.js.
   */
  noteFailure(key: string, thrown: unknown): void {
    if (this.trial !== null) {
      this.trial.failures.set(key, thrown);
      return;
    }
    const noted = { thrown };
    this.#failures.set(key, noted);
    void inTurns(FAILURE_TURNS).then(() => {
      if (this.#failures.get(key) === noted) {
        this.#failures.delete(key);
      }
    });
  }

  /** What a function has thrown that is not run again. */
  failureOf(key: string): { readonly thrown: unknown } | undefined {
    return this.trial?.failures.has(key) === true ? { thrown: this.trial.failures.get(key) } : this.#failures.get(key);
  }

  /** Notes what a generation has used that only a request has. */
  noteDynamic(expression: string): void {
    this.dynamicUse ??= expression;
    this.trial?.onDynamic();
  }

  /**
   * The handler has answered although it used something dynamic: it caught the error. A build takes the route for dynamic; later
   * generations are kept, as in Next.js, to be made anew with each request.
   */
  forgiveCaught(): void {
    if (this.generation !== BUILD && this.dynamicUse !== null) {
      this.dynamicUse = null;
      this.revalidate = 0;
    }
  }

  get isGeneration(): boolean {
    return this.generation !== 0;
  }

  /** The tags of the call's path: those by which `revalidatePath` finds what was made for it. */
  get implicitTags(): readonly string[] {
    this.#implicitTags ??= implicitTags(this.route.info, this.pathname);
    return this.#implicitTags;
  }

  /** Notes an invalidation, which is told to the front when the handler has resolved. */
  invalidate(tag: string, profile: TagProfile): void {
    this.#invalidated.set(tag, performance.timeOrigin + performance.now());
    const key = profileKey(profile);
    if (!this.#invalidations.some((one) => one.tag === tag && profileKey(one.profile) === key)) {
      this.#invalidations.push({ tag, profile });
    }
  }

  /** Whether this very call has invalidated one of these tags, after the time `since` where that is given. */
  hasInvalidated(tags: readonly string[], since = 0): boolean {
    return this.#invalidated.size !== 0 && tags.some((tag) => (this.#invalidated.get(tag) ?? 0) > since);
  }

  get hasInvalidations(): boolean {
    return this.#invalidations.length !== 0;
  }

  /**
   * Tells the front and the user's `cacheHandlers` what is to be invalidated; resolves when every later request sees it. Never
   * rejects: a failure is logged.
   */
  async flush(): Promise<void> {
    const invalidations = this.#invalidations;
    this.#invalidations = [];
    const asked: Promise<void>[] = [];
    for (const [profile, tags] of byProfile(invalidations)) {
      let expire: number | null = 0;
      let durations: Durations | null = null;
      if (typeof profile === 'string') {
        const life = lifeProfile(profile);
        if (life === null) {
          // As in Next.js, what came before is done, and the reply is sent.
          logValue(
            'error',
            '',
            new Error(`Invalid profile provided "${profile}" must be configured under cacheLife in next.config or be "max"`),
          );
          break;
        }
        expire = life.expire ?? null;
        durations = { expire: life.expire };
      } else if (profile !== undefined) {
        expire = profile.expire ?? null;
        durations = { expire: profile.expire };
      }
      asked.push(invalidate(tags, expire === null || expire >= INFINITE ? null : expire, profile !== undefined));
      asked.push(updateUserTags(tags, durations));
      if (hasUserStore()) {
        asked.push(this.#tellStore(tags, durations));
      }
    }
    const answers = await Promise.allSettled(asked);
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        logValue('error', '', answer.reason);
      }
    }
  }

  async #tellStore(tags: readonly string[], durations: Durations | null): Promise<void> {
    const store = this.store ?? (await openUserStore());
    await store?.revalidateTag(tags, durations ?? undefined);
  }

  /** Work of this kind and key that is under way already. */
  underWay(key: string): Promise<unknown> | undefined {
    return this.#underWay.get(key);
  }

  /** Takes work that the reply need not wait for. It must not reject. A worker that drains waits for it, and so does a generation. */
  track(key: string, work: Promise<unknown>): void {
    const tracked = work.finally(() => {
      if (this.#underWay.get(key) === tracked) {
        this.#underWay.delete(key);
      }
    });
    this.#underWay.set(key, tracked);
    trackWork(tracked);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size !== 0) {
      await Promise.all(this.#underWay.values());
    }
  }
}

/** For how many turns of the queue of promises a failure is that of whoever asks: enough for one who asks again as soon as he knows. */
const FAILURE_TURNS = 12;

async function inTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await undefined;
  }
}

function profileKey(profile: TagProfile): string {
  return typeof profile === 'object' ? JSON.stringify(profile) : String(profile);
}

/** The invalidations of each profile, in the order in which the profiles came. */
function byProfile(invalidations: readonly Invalidation[]): Map<TagProfile, string[]> {
  const groups = new Map<string, [TagProfile, string[]]>();
  for (const { tag, profile } of invalidations) {
    const key = `${typeof profile} ${profileKey(profile)}`;
    const group = groups.get(key) ?? [profile, []];
    group[1].push(tag);
    groups.set(key, group);
  }
  return new Map(groups.values());
}
