/**
 * `'use cache: private'`: a value for one request, that may be made of what only this request has. Nothing is kept beyond it.
 *
 * What is prerendered has no request, so it is dynamic there. In a shared cache it is an error, in Next.js's words.
 */
import type { CachedRun, Kept } from './cached-run.ts';
import { interruptGeneration } from '../dynamic/dynamic.ts';
import type { CacheWork } from '../work.ts';

const DOCS = 'https://nextjs.org/docs/messages/use-cache-private-composition';

/** The value for a call. Rejects with what its caller is to get. */
export async function privateValue(run: CachedRun): Promise<unknown> {
  refuseShared(run);
  const work = run.scope?.cacheWork();
  if (work === undefined) {
    throw new Error('`"use cache: private"` needs an active request. Move it to a request-time component or function.');
  }
  const never = interruptGeneration(work, '"use cache: private"');
  if (never !== null) {
    return never;
  }
  const earlier = work.privateValues.get(run.key) as Promise<Kept> | undefined;
  if (earlier !== undefined) {
    const kept = await earlier;
    if (!work.hasInvalidated(kept.tags, kept.timestamp)) {
      return run.read(kept);
    }
  }
  return run.read(await made(run, work));
}

function made(run: CachedRun, work: CacheWork): Promise<Kept> {
  const making = run.make('private-cache').then((outcome) => {
    if (!('kept' in outcome)) {
      throw outcome.shown;
    }
    return outcome.kept;
  });
  work.privateValues.set(run.key, making);
  return making;
}

/** Throws where the value would become a part of what everybody gets. */
function refuseShared({ outer }: CachedRun): void {
  switch (outer?.kind) {
    case 'use-cache':
      throw new Error(
        `Route "${outer.route}": \`"use cache: private"\` can't be nested inside \`"use cache"\` because a shared cached function can't ` +
          `depend on private request data. Nest it only inside another \`"use cache: private"\`.\nLearn more: ${DOCS}`,
      );
    case 'unstable-cache':
      throw new Error(
        `Route "${outer.route}": \`"use cache: private"\` can't be used inside \`unstable_cache()\` because \`unstable_cache()\` uses a ` +
          'shared cache that can\'t contain private request data. Call the private cached function outside `unstable_cache()`.\n' +
          `Learn more: ${DOCS}`,
      );
    case 'generator':
      throw new Error(
        `Route "${outer.route}": \`"use cache: private"\` needs an active request, so it can't be used during \`generateStaticParams\` or ` +
          `other build-time contexts. Move it to a request-time component or function.\nLearn more: ${DOCS}`,
      );
    case 'private-cache':
    case undefined:
      return;
  }
}
