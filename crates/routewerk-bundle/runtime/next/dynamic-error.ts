/**
 * `export const dynamic = 'error'`: request APIs throw, because the route has to be static.
 */
import { staticBailout } from '../cache/dynamic/dynamic.ts';
import type { CallScope } from '../handler/scope.ts';

/** Throws Next.js's error when the call's route says `dynamic = 'error'`. */
export function forbidUnderDynamicError(scope: CallScope, expression: string): void {
  if (scope.dynamic === 'error') {
    throw staticBailout(scope.route, expression);
  }
}
