/**
 * A route as the dispatcher sees it: which handler answers which method, and how its exports change a call.
 *
 * HEAD and OPTIONS are implemented where the file does not, 405 is the answer to the other listed methods, as in
 * Next.js. Everything is worked out once per evaluated module.
 */
import { METHODS } from '../web/request.ts';
import { isDevelopment, log } from './host.ts';
import type { CacheRoute, DynamicMode } from '../cache/work.ts';
import type { RouteInfo, RouteModule } from './ports.ts';
import { areScopesFree } from './scope.ts';

/** What answers a method without the user's code: a status and header fields. */
export interface FixedReply {
  readonly status: number;
  readonly fields: string;
}

/** What a method leads to: an exported value, which should be a function, or a fixed reply. */
export type MethodTarget = { readonly handler: unknown } | { readonly fixed: FixedReply };

/** A route with its evaluated module. */
export interface ReadyRoute extends CacheRoute {
  readonly module: RouteModule;
  readonly hasScope: boolean;
  readonly hasParams: boolean;
  /** `runtime = 'edge'` */
  readonly isEdge: boolean;
  /** By the methods' numbers. */
  readonly targets: readonly MethodTarget[];
}

const QUERY = METHODS.indexOf('QUERY');

/** Works out what a module's exports mean. Complains in development about what is not a handler. */
export function readRoute(info: RouteInfo, module: RouteModule): ReadyRoute {
  if (isDevelopment()) {
    warnAboutExports(info, module);
  }
  const dynamic = module['dynamic'];
  return {
    info,
    module,
    dynamic: isDynamicMode(dynamic) ? dynamic : 'auto',
    fetchCache: module['fetchCache'],
    revalidate: module['revalidate'],
    hasScope: info.scope || areScopesFree,
    // An edge handler gets them always.
    hasParams: info.params.length !== 0 || module['runtime'] === 'edge',
    isEdge: module['runtime'] === 'edge',
    targets: METHODS.map((_, method) => targetOf(module, method)),
  };
}

function isDynamicMode(value: unknown): value is DynamicMode {
  return value === 'auto' || value === 'force-dynamic' || value === 'error' || value === 'force-static';
}

function targetOf(module: RouteModule, method: number): MethodTarget {
  const name = METHODS[method] as string;
  const exported = module[name];
  if (exported !== undefined && exported !== null) {
    return { handler: exported };
  }
  if (name === 'HEAD' && module['GET']) {
    return { handler: module['GET'] };
  }
  if (name === 'OPTIONS') {
    return { fixed: { status: 204, fields: `allow\n${allowedMethods(module)}\n` } };
  }
  return { fixed: method === QUERY ? { status: 400, fields: '' } : { status: 405, fields: `allow\n${allowedMethods(module)}\n` } };
}

/** The value of `allow`: what the file exports, and what is implemented for it. */
function allowedMethods(module: RouteModule): string {
  const methods = new Set<string>(METHODS.filter((method) => module[method]));
  methods.add('OPTIONS');
  if (methods.has('GET')) {
    methods.add('HEAD');
  }
  return [...methods].sort().join(', ');
}

function warnAboutExports(info: RouteInfo, module: RouteModule): void {
  const file = shownFile(info);
  for (const method of METHODS) {
    const lower = method.toLowerCase();
    if (lower in module) {
      log(
        'error',
        `⨯ Detected lowercase method '${lower}' in '${file}'. Export the uppercase '${method}' method name to fix this error.`,
      );
    }
  }
  if ('default' in module) {
    log('error', `⨯ Detected default export in '${file}'. Export a named export for each HTTP method instead.`);
  }
  if (!METHODS.some((method) => method in module)) {
    log('error', `⨯ No HTTP methods exported in '${file}'. Export a named export for each HTTP method.`);
  }
}

/** A route's file as messages show it. */
export function shownFile(info: RouteInfo): string {
  return `[project]/${info.file}`;
}
