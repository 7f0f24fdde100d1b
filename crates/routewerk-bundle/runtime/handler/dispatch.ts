/**
 * From a call to its handler. This is the path of every request: what is not needed for a plain GET is done lazily or in
 * another file, and nothing here parses anything (tests/bench measures it).
 */
import { noteSequence } from '../cache/copies.ts';
import { failureFacts } from '../cache/facts.ts';
import { BUILD } from '../cache/work.ts';
import type { Call, Dispatch, Reply } from '../channel/types.ts';
import { requestOfCall } from '../next/request.ts';
import { edgeCall } from './edge.ts';
import type { NextRequest } from '../next/request.ts';
import { generate } from './generation.ts';
import { failureText, isDevelopment, logFailure } from './host.ts';
import { Invocation } from './invocation.ts';
import { readParams, watchedParams } from './params.ts';
import type { HandlerContext } from './params.ts';
import type { RouteInfo, RouteLoader, RouteModule } from './ports.ts';
import { readRoute, shownFile } from './route.ts';
import type { MethodTarget, ReadyRoute } from './route.ts';
import { CallScope, runInScope } from './scope.ts';
import { generateParams } from './static-params.ts';
import type { StaticParams } from './static-params.ts';
import { StaticRequest } from './static-request.ts';
import { answerStoreCall, LOOK_UP } from './user-entries.ts';
import { warnSyncAccess } from './sync-access.ts';

type Handler = (request: NextRequest, context: HandlerContext) => unknown;

/** Answers calls with the handlers of the routes. */
export class Dispatcher {
  #loader: RouteLoader;
  #routes: readonly RouteInfo[];
  #ready: Array<ReadyRoute | undefined> = [];

  constructor(routes: readonly RouteInfo[], loader: RouteLoader) {
    this.#routes = routes;
    this.#loader = loader;
  }

  /** The route table has changed (development). Modules that are still the same keep what was worked out. */
  setRoutes(routes: readonly RouteInfo[]): void {
    this.#routes = routes;
    this.#ready = [];
  }

  /** Answers one call. Never throws. */
  readonly dispatch: Dispatch = (call, reply) => {
    noteSequence(call.sequence);
    if (call.generation >= LOOK_UP) {
      void answerStoreCall(this.#routes[call.route], call, reply);
      return;
    }
    const module = this.#loader.loadedRoute(call.route);
    if (module === null) {
      void this.#loadFirst(call, reply);
      return;
    }
    const known = this.#ready[call.route];
    if (known !== undefined && known.module === module) {
      answer(known, call, reply);
    } else {
      this.#answerFirst(module, call, reply);
    }
  };

  /** Loads every route that is not loaded yet, one per turn. Failures are logged; the next call tries again. */
  async loadAll(): Promise<void> {
    for (let index = 0; index < this.#routes.length; index += 1) {
      await nextTurn();
      if (this.#loader.loadedRoute(index) === null) {
        await this.#loader.loadRoute(index).catch((failure: unknown) => logFailure(failure));
      }
    }
  }

  /** The params for which a route has entries from the start. Rejects with the failure as the log shows it. */
  async generateParams(index: number): Promise<StaticParams> {
    try {
      const info = this.#routes[index];
      if (info === undefined) {
        throw new Error(`the front asked for the params of route ${index} of ${this.#routes.length}`);
      }
      return await generateParams(info, (await this.#loader.loadRoute(index)).module);
    } catch (failure) {
      throw new Error(failureText(failure));
    }
  }

  async #loadFirst(call: Call, reply: Reply): Promise<void> {
    let module: RouteModule;
    try {
      module = (await this.#loader.loadRoute(call.route)).module;
    } catch (failure) {
      refuse(failure, call, reply);
      return;
    }
    this.#answerFirst(module, call, reply);
  }

  /** Works out what a module's exports mean, and answers. */
  #answerFirst(module: RouteModule, call: Call, reply: Reply): void {
    let route: ReadyRoute;
    try {
      const info = this.#routes[call.route];
      if (info === undefined) {
        throw new Error(`the front called route ${call.route} of ${this.#routes.length}`);
      }
      route = readRoute(info, module);
    } catch (failure) {
      // Reading an export may throw: a module that is still being evaluated in a cycle, a getter.
      refuse(failure, call, reply);
      return;
    }
    this.#ready[call.route] = route;
    answer(route, call, reply);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** There is no handler to ask. */
function refuse(failure: unknown, call: Call, reply: Reply): void {
  if (call.generation !== 0) {
    reply.facts = failureFacts(failureText(failure));
  }
  if (call.generation !== BUILD) {
    logFailure(failure);
  }
  reply.whole(500, '', '', null, false);
}

function answer(route: ReadyRoute, call: Call, reply: Reply): void {
  const target = route.targets[call.method] as MethodTarget;
  if ('fixed' in target) {
    reply.whole(target.fixed.status, '', target.fixed.fields, null, false);
    return;
  }
  if (call.generation !== 0) {
    answerGeneration(route, target.handler, call, reply);
    return;
  }
  const request = requestOfCall(route.isEdge ? edgeCall(route.info, call) : call);
  const scope = route.hasScope ? new CallScope(route, call, request, null) : null;
  const invocation = new Invocation(route, call, reply, request, scope);
  try {
    const handler = target.handler as Handler;
    const seen = route.dynamic === 'force-static' ? new StaticRequest(call) : request;
    const context = { params: route.hasParams ? paramsOf(route, call) : undefined };
    if (typeof handler !== 'function') {
      // The error is the one that the engine words for Next.js.
      Function.prototype.apply.call(handler, undefined, []);
    }
    // `this` is null, as `AsyncLocalStorage` has it.
    invocation.settle(scope === null ? handler.call(null, seen, context) : runInScope(scope, handler, seen, context));
  } catch (thrown) {
    invocation.fail(thrown);
  }
}

/** A generation is not on the path of every request. */
function answerGeneration(route: ReadyRoute, exported: unknown, call: Call, reply: Reply): void {
  if (typeof exported !== 'function') {
    refuse(new TypeError(`GET of ${shownFile(route.info)} is no function`), call, reply);
    return;
  }
  const contextOf = (): HandlerContext => ({ params: route.hasParams ? paramsOf(route, call) : undefined });
  void generate(route, exported as Handler, contextOf, call, reply);
}

function paramsOf(route: ReadyRoute, call: Call): Promise<ReturnType<typeof readParams>> {
  const params = readParams(route.info.params, call.params);
  return isDevelopment()
    ? watchedParams(params, (expression) => warnSyncAccess(route.info.pattern, 'params', expression))
    : Promise.resolve(params);
}
