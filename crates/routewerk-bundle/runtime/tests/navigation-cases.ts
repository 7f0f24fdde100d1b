/**
 * A check for `assert.throws`: an error with this message whose only own enumerable property is this digest.
 */
export function isRedirectLike(message: string, digest: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof Error &&
    error.message === message &&
    (error as { digest?: unknown }).digest === digest &&
    Object.keys(error).join() === 'digest';
}
