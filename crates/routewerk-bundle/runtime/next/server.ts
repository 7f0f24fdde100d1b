/**
 * `next/server`.
 */
import { cachedContext, forbidInCached } from '../cache/context.ts';
import { waitForRequest } from '../cache/dynamic/dynamic.ts';
import { requireScope } from '../handler/scope.ts';
import { forbidUnderDynamicError } from './dynamic-error.ts';

export { NextRequest } from './request.ts';
export { NextResponse } from './response.ts';
export { userAgent, userAgentFromString } from './user-agent.ts';

/** The platform's `URLPattern`, where it has one (Node.js 23.8 and later, Bun, Deno). */
export const URLPattern: unknown = (globalThis as { URLPattern?: unknown }).URLPattern;

/** Leaves work for after the reply. */
export function after(task: unknown): void {
  const tasks = cachedContext()?.after ?? requireScope('after').after;
  tasks.add(task);
}

/** Says that what follows needs a request: a generation has none. */
export function connection(): Promise<void> {
  const scope = requireScope('connection');
  if (scope.dynamic !== 'force-static') {
    forbidUnderDynamicError(scope, 'connection()');
    forbidInCached('connection()');
    const never = waitForRequest(scope.work, 'connection');
    if (never !== null) {
      return never;
    }
  }
  return Promise.resolve();
}

/** It lives in `next/og`; Next.js says so. */
export function ImageResponse(): never {
  throw new Error(
    'ImageResponse moved from "next/server" to "next/og" since Next.js 14, please import from "next/og" instead',
  );
}
