/**
 * When what is stored is not to be used, although it is there.
 */
import { isDevelopment } from '../handler/host.ts';
import type { CallScope } from '../handler/scope.ts';
import { headersFromText, rawValue } from '../web/headers.ts';
import { fieldName } from '../web/header-text.ts';
import type { FieldName } from '../web/header-text.ts';
import { receivedFields } from '../web/request.ts';

const CACHE_CONTROL = fieldName('cache-control') as FieldName;

/**
 * Whether a call takes nothing stored with these tags: because it has invalidated one of them, or because a browser wants
 * everything fresh in development. What the call has invalidated is told to the front first, so that what is made now counts
 * as made after it.
 */
export async function mustSkip(scope: CallScope, tags: readonly string[]): Promise<boolean> {
  if (scope.work?.hasInvalidated(tags) === true) {
    await scope.work.flush();
    return true;
  }
  return isHardReload(scope);
}

/**
 * The same for a `fetch`. What the call has invalidated is told when its handler has resolved: a response that is kept until then
 * counts as made before, as in Next.js, and whoever asks next fetches again.
 */
export function mustSkipFetch(scope: CallScope, tags: readonly string[]): boolean {
  return scope.work?.hasInvalidated(tags) === true || isHardReload(scope);
}

/** Whether a browser wants everything fresh, which counts in development alone. */
export function isHardReload(scope: CallScope): boolean {
  if (!isDevelopment()) {
    return false;
  }
  const fields = receivedFields(scope.request);
  return fields !== null && rawValue(headersFromText(fields, 'received', 0), CACHE_CONTROL) === 'no-cache';
}
