/**
 * Tags: which ones a route's path has by itself, and which ones may be given.
 */
import { logValue } from '../handler/host.ts';
import type { RouteInfo } from '../handler/ports.ts';

const MAX_TAG = 256;
const MAX_TAGS = 128;

/** What the tags of paths begin with. */
export const PATH_TAG = '_N_T_';

const UNSAFE = /[^\t\x20-\x7e]/;
const UNSAFE_RUN = /[^\t\x20-\x7e]+/g;

/** A tag as Next.js writes it into a header field: what is not printable ASCII is percent-encoded. */
export function encodeTag(tag: string): string {
  return UNSAFE.test(tag) ? tag.toWellFormed().replace(UNSAFE_RUN, (run) => encodeURIComponent(run)) : tag;
}

/** The tags that are usable; complains about the others as Next.js does. `what` is `fetch <url>`, say. */
export function usableTags(tags: readonly unknown[], what: string): string[] {
  const usable: string[] = [];
  const wrong: string[] = [];
  for (let index = 0; index < tags.length; index += 1) {
    const tag = tags[index];
    if (typeof tag !== 'string') {
      wrong.push(`tag: "${String(tag)}" invalid type, must be a string`);
    } else if (tag.length > MAX_TAG) {
      wrong.push(`tag: "${tag}" exceeded max length of ${MAX_TAG}`);
    } else {
      usable.push(encodeTag(tag));
      if (usable.length > MAX_TAGS) {
        // The first one too many is named among the dropped ones, and counts all the same (Next.js).
        const dropped = tags.slice(index).join(', ');
        logValue('warn', '', `Warning: exceeded max tag count for ${what}, dropped tags: ${dropped}`);
        break;
      }
    }
  }
  if (wrong.length !== 0) {
    logValue('warn', '', `Warning: invalid tags passed to ${what}: \n${wrong.join('\n')}`);
  }
  return usable;
}

/** The tags of a path and its route: every layout above it, the route's own pattern, and the path as requested. */
export function implicitTags(info: RouteInfo, pathname: string): readonly string[] {
  const tags = new Set([`${PATH_TAG}/layout`]);
  const page = pageOf(info);
  for (let end = page.indexOf('/', 1); ; end = page.indexOf('/', end + 1)) {
    const part = end === -1 ? page : page.slice(0, end);
    tags.add(encodeTag(`${PATH_TAG}${part}${part.endsWith('/route') ? '' : '/layout'}`));
    if (end === -1) {
      break;
    }
  }
  tags.add(encodeTag(`${PATH_TAG}${pathname}`));
  // `/` and `/index` are one path.
  if (tags.has(`${PATH_TAG}/`)) {
    tags.add(`${PATH_TAG}/index`);
  }
  if (tags.has(`${PATH_TAG}/index`)) {
    tags.add(`${PATH_TAG}/`);
  }
  return [...tags];
}

/** `/(shop)/items/[id]/route`: a route's path among the files, which has the names of groups and slots, too. */
export function pageOf(info: RouteInfo): string {
  const match = /^(?:src\/)?app(\/(?:.*\/)?route)\.[^/]+$/.exec(info.file);
  return match?.[1] ?? (info.pattern === '/' ? '/route' : `${info.pattern}/route`);
}
