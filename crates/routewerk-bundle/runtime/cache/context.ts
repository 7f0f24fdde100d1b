/**
 * Inside a cached function: what may not be read there, and where the lifetimes and tags of what it uses go.
 *
 * A storage of its own beside that of the call's scope: most calls never enter it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { AfterTasks } from '../handler/after.ts';
import type { CallMemory } from './call-memory.ts';
import type { Lifetime } from './life.ts';
import type { FetchScope } from './work.ts';

/** What is running. */
export interface CachedContext {
  readonly kind: 'unstable-cache' | 'use-cache' | 'private-cache' | 'generator';
  /** The route's pattern, for messages. */
  readonly route: string;
  /** Where lifetimes and tags are collected; null where nobody asks for them. */
  readonly lifetime: Lifetime | null;
  /** The calls of cached functions in it, where equal ones are one. */
  readonly calls?: CallMemory;
  /** For the `fetch` of a generator, which belongs to no call. */
  readonly fetches?: FetchScope;
  /** What a generator leaves for afterwards. */
  readonly after?: AfterTasks;
}

const storage = new AsyncLocalStorage<{ readonly context: CachedContext; readonly depth: number }>();
let hasEntered = false;

/** Runs something in such a context. */
export function runCached<R>(context: CachedContext, run: () => R): R {
  hasEntered = true;
  return storage.run({ context, depth: cachedDepth() + 1 }, run);
}

/** Runs something that is no part of the cached function around it. */
export function outsideCached<R>(run: () => R): R {
  return hasEntered ? storage.run(undefined as never, run) : run();
}

/** The context of the running code. */
export function cachedContext(): CachedContext | undefined {
  return hasEntered ? storage.getStore()?.context : undefined;
}

/** How many cached functions the running code is in. */
export function cachedDepth(): number {
  return hasEntered ? (storage.getStore()?.depth ?? 0) : 0;
}

const IN_UNSTABLE_CACHE = 'https://nextjs.org/docs/app/api-reference/functions/unstable_cache';
const IN_PRIVATE_CACHE = 'https://nextjs.org/docs/app/api-reference/directives/use-cache-private';
const IN_USE_CACHE = 'https://nextjs.org/docs/messages/next-request-in-use-cache';

/** Throws Next.js's error where the running code is cached and so must not read what `expression` gives. */
export function forbidInCached(expression: string): void {
  const context = cachedContext();
  if (context === undefined || (context.kind === 'private-cache' && expression !== 'connection()' && !changesDraft(expression))) {
    return;
  }
  if (context.kind === 'generator') {
    throw new Error(
      `Route ${context.route} used \`${expression}\` inside \`generateStaticParams\`. This is not supported because ` +
        '`generateStaticParams` runs at build time without an HTTP request. Read more: ' +
        'https://nextjs.org/docs/messages/next-dynamic-api-wrong-context',
    );
  }
  if (context.kind === 'private-cache' && expression === 'connection()') {
    throw new Error(
      `Route "${context.route}": \`connection()\` can't be called inside \`"use cache: private"\` because private cached functions may run ` +
        `during prefetching, without a navigation request. Call it outside the cached function.\nLearn more: ${IN_PRIVATE_CACHE}`,
    );
  }
  const [where, link] = context.kind !== 'unstable-cache' ? ['`"use cache"`', IN_USE_CACHE] : ['`unstable_cache()`', IN_UNSTABLE_CACHE];
  throw new Error(
    `Route "${context.route}": \`${expression}\` can't be ${advice(expression, where)}\nLearn more: ${link}`,
  );
}

function changesDraft(expression: string): boolean {
  return expression.startsWith('draftMode()');
}

function advice(expression: string, where: string): string {
  if (expression === 'connection()') {
    return (
      `called inside ${where} because cached functions may run during prerendering, without an incoming request. ` +
      'Call it outside the cached function.'
    );
  }
  if (changesDraft(expression)) {
    return (
      `called inside ${where}. Draft mode can be read inside a cached function, but enabling or disabling it must ` +
      'happen outside.'
    );
  }
  return `read inside ${where}. Read it outside the cached function and pass what you need as an argument.`;
}
