/**
 * `export const dynamic = 'error'`: request APIs throw, because the route has to be static.
 */
import type { CallScope } from '../handler/scope.ts';

/** Throws Next.js's error when the call's route says `dynamic = 'error'`. */
export function forbidUnderDynamicError(scope: CallScope, expression: string): void {
  if (scope.dynamic === 'error') {
    const error = new Error(
      `Route ${scope.route} with \`dynamic = "error"\` couldn't be rendered statically because it used \`${expression}\`. ` +
        'See more info here: https://nextjs.org/docs/app/building-your-application/rendering/static-and-dynamic#dynamic-rendering',
    );
    throw Object.assign(error, { code: 'NEXT_STATIC_GEN_BAILOUT' });
  }
}
