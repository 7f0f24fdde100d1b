/**
 * `generateStaticParams` of a route: the paths that `build` makes entries for, and those that exist with
 * `dynamicParams = false`.
 *
 * A route file exports one such function for all segments of its pattern. What it returns is checked as Next.js does.
 */
import { runCached } from '../cache/context.ts';
import { CacheWork } from '../cache/work.ts';
import type { FetchScope } from '../cache/work.ts';
import type { Call } from '../channel/types.ts';
import { AfterTasks } from './after.ts';
import type { RouteInfo, RouteModule, RouteParam } from './ports.ts';

/** The paths of a route, as the raw param texts of a call (joined by LF, in the pattern's order). */
export interface StaticParams {
  /** Null where the route exports no function `generateStaticParams`. */
  readonly params: readonly string[] | null;
}

/** Calls a route's `generateStaticParams`. Rejects with its failure or with what is wrong with what it returned. */
export async function generateParams(info: RouteInfo, module: RouteModule): Promise<StaticParams> {
  const generator = module['generateStaticParams'];
  if (typeof generator !== 'function') {
    return { params: null };
  }
  if (info.params.length === 0) {
    // There is nothing that it could name: Next.js does not call it either.
    return { params: [''] };
  }
  const after = new AfterTasks(() => Promise.resolve());
  const context = { kind: 'generator', route: info.pattern, lifetime: null, fetches: fetchScope(info, module), after } as const;
  let found: unknown;
  try {
    found = await runCached(context, () => Reflect.apply(generator, undefined, [{ params: {} }]) as unknown);
  } finally {
    after.close();
  }
  if (!Array.isArray(found)) {
    throw new Error(
      `Invalid value returned from generateStaticParams for "${info.pattern}". Expected an array, but received type ` +
        `${typeName(found)}. See more info here: https://nextjs.org/docs/messages/generate-static-params`,
    );
  }
  const all = found.map((params: unknown, index) => {
    if (!isPlainObject(params)) {
      throw new Error(
        `Invalid value at index ${index} returned from generateStaticParams for "${info.pattern}". Expected an object, but ` +
          `received type ${typeName(params)}. See more info here: https://nextjs.org/docs/messages/generate-static-params`,
      );
    }
    return params;
  });
  if (!all.every((params) => info.params.every(({ name }) => name in params))) {
    refuseOpenEnd(info, module, all);
    // One that names no whole path, and all are made on demand.
    return { params: [] };
  }
  const texts = all.map((params) => textOf(info, params)).filter((text) => text !== null);
  return { params: [...new Set(texts)] };
}

/** What its `fetch` is told: what it asks to be kept is, as in a handler. */
function fetchScope(info: RouteInfo, module: RouteModule): FetchScope {
  const route = { info, dynamic: 'auto', fetchCache: module['fetchCache'], revalidate: undefined } as const;
  const work = new CacheWork(route, { generation: 0, url: `http://localhost${info.pattern}` } as Call);
  return { route: info.pattern, dynamic: route.dynamic, fetchCache: route.fetchCache, work, cacheWork: () => work };
}

/** Where the folder of the file is a param and `dynamicParams` is false, every one must name that param. */
function refuseOpenEnd(info: RouteInfo, module: RouteModule, all: ReadonlyArray<Record<string, unknown>>): void {
  const last = info.params.at(-1);
  const isLast = last !== undefined && info.pattern.endsWith(']');
  if (isLast && module['dynamicParams'] === false && !all.every((params) => last.name in params)) {
    throw new Error(
      `Segment "${info.file}" exports "dynamicParams: false" but the param "${last.name}" is missing from the generated ` +
        'route params.',
    );
  }
}

/**
 * The raw texts of one set of params; null where one is empty: no path has an empty segment. A catch-all without segments is
 * an error of its own.
 */
function textOf(info: RouteInfo, params: Record<string, unknown>): string | null {
  const texts: string[] = [];
  for (const param of info.params) {
    const value = params[param.name];
    const isLeftOut = param.kind === 'optionalCatchAll' && (value === undefined || value === null || value === false);
    texts.push(isLeftOut ? '' : rawText(info, param, value));
  }
  if (info.params.some(({ kind }, index) => kind === 'catchAll' && texts[index] === '')) {
    const values = new Map(info.params.map(({ name }, index) => [name, texts[index] as string]));
    const path = info.pattern.replace(/\[(?:\.\.\.)?([^\]]+)\]/g, (segment, name: string) => values.get(name) ?? segment).replace(/\/$/, '');
    throw new Error(
      `The provided export path '${path || '/'}' doesn't match the '${info.pattern}' page.\n` +
        'Read more: https://nextjs.org/docs/messages/export-path-mismatch',
    );
  }
  const isWhole = info.params.every(({ kind }, index) => kind === 'optionalCatchAll' || texts[index] !== '');
  return isWhole ? texts.join('\n') : null;
}

function rawText(info: RouteInfo, param: RouteParam, value: unknown): string {
  if (param.kind === 'single') {
    if (typeof value !== 'string') {
      throw new Error(
        `A required parameter (${param.name}) was not provided as a string received ${typeof value} in generateStaticParams for ${info.pattern}`,
      );
    }
    return encode(value);
  }
  if (!Array.isArray(value)) {
    throw new Error(
      `A required parameter (${param.name}) was not provided as an array received ${typeof value} in generateStaticParams for ${info.pattern}`,
    );
  }
  return value
    .map((one: unknown) => {
      if (typeof one !== 'string') {
        throw new Error(
          `A required parameter (${param.name}) was not provided as an array of strings received ${typeof one} in generateStaticParams for ${info.pattern}`,
        );
      }
      return encode(one);
    })
    .join('/');
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function typeName(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  return Array.isArray(value) ? 'array' : typeof value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
