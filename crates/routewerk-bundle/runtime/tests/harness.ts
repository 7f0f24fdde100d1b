/**
 * Runs handlers as the worker does, without a channel: one route per test, what is logged is kept.
 */
import { cachedFetch } from '../cache/fetch/fetch.ts';
import { Dispatcher } from '../handler/dispatch.ts';
import { setHost } from '../handler/host.ts';
import type { Host } from '../handler/host.ts';
import type { Ask, HandlerSettings, RouteInfo, RouteModule } from '../handler/ports.ts';
import { setFetchKeeper } from '../web/fetch.ts';
import { installWebClasses } from '../web/install.ts';
import { native } from '../web/native.ts';
import { FakeCall, RecordedReply } from './fake-call.ts';
import { FakeFront } from './fake-front.ts';
import type { CallSpec } from './fake-call.ts';

/** The platform's classes. */
export const platform = native();

installWebClasses();
setFetchKeeper(cachedFetch);

/** A route under test. */
export interface Bench {
  readonly logs: string[];
  /** Makes a call and waits for its reply to be over. */
  call(spec?: CallSpec): Promise<RecordedReply>;
  /** Makes a call and gives back both sides of it. */
  start(spec?: CallSpec): { call: FakeCall; reply: RecordedReply };
}

const SETTINGS: HandlerSettings = {
  mode: 'production',
  origin: 'http://localhost:3000',
  draftModeId: '0123456789abcdef0123456789abcdef',
  authInterrupts: true,
};

/** A route whose file exports `module`; `host` says what else there is around it. */
export function route(
  module: RouteModule,
  info: Partial<RouteInfo> = {},
  settings: Partial<HandlerSettings> = {},
  ask: Ask = new FakeFront().ask,
  host: Partial<Host> = {},
): Bench {
  const logs: string[] = [];
  setHost({
    settings: { ...SETTINGS, ...settings },
    log: (level, text) => logs.push(`${level}: ${text}`),
    mapStack: (stack) => stack,
    ask,
    ...host,
  });
  const file = { pattern: '/x', file: 'app/x/route.ts', params: [], scope: true, ...info };
  const dispatcher = new Dispatcher([file], { loadedRoute: () => module, loadRoute: async () => ({ module }) });
  const start = (spec: CallSpec = {}): { call: FakeCall; reply: RecordedReply } => {
    const call = new FakeCall(spec);
    const reply = new RecordedReply();
    dispatcher.dispatch(call, reply);
    return { call, reply };
  };
  return { logs, start, call: (spec) => start(spec).reply.done };
}
