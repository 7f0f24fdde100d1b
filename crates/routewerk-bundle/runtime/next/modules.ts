/**
 * Every module of `next` that is served, by specifier. `exports.json` beside it lists the names for the bundler; a test
 * holds the two against each other.
 */
import { cacheLife, cacheTag, io, navigation, prefetch, refresh, revalidatePath, revalidateTag } from './cache.ts';
import { unstable_cache, unstable_cacheLife, unstable_cacheTag, unstable_noStore, updateTag } from './cache.ts';
import * as constants from './constants.ts';
import { cookies, draftMode, headers } from './headers.ts';
import { forbidden, notFound, permanentRedirect, ReadonlyURLSearchParams, redirect, RedirectType } from './navigation.ts';
import { unauthorized, unstable_isUnrecognizedActionError, unstable_rethrow } from './navigation.ts';
import { ImageResponse } from './og.ts';
import * as server from './server.ts';

/** Specifier to exports. */
export const nextModules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'next/cache': {
    ...{ cacheLife, cacheTag, io, navigation, prefetch, refresh, revalidatePath, revalidateTag },
    ...{ unstable_cache, unstable_cacheLife, unstable_cacheTag, unstable_noStore, updateTag },
  },
  'next/constants': { ...constants },
  'next/headers': { cookies, draftMode, headers },
  'next/navigation': {
    ...{ ReadonlyURLSearchParams, RedirectType, forbidden, notFound, permanentRedirect, redirect },
    ...{ unauthorized, unstable_isUnrecognizedActionError, unstable_rethrow },
  },
  'next/og': { ImageResponse },
  'next/server': { ...server },
};
