/**
 * How values look in the log: what `console.error('⨯', value)` prints in Next.js, with positions of the user's source.
 */
import { inspect } from 'node:util';

/** The text of a thrown value: strings as they are, errors with their stack, causes and own properties. */
export function describe(value: unknown, mapStack: (stack: string) => string): string {
  if (typeof value === 'string') {
    return value;
  }
  try {
    return mapStack(inspect(value));
  } catch (failure) {
    // An object may refuse to be looked at (a revoked proxy, a getter that throws); the log must not.
    return `[a value that cannot be shown: ${failure instanceof Error ? failure.message : String(failure)}]`;
  }
}
