/**
 * One call of a handler whose reply becomes an entry (docs/design/caching.md).
 *
 * Its request is nobody's, its reply is answered whole, and with it what it has used. As in an ordinary call, whatever
 * happens ends in exactly one reply, and nothing is thrown.
 */
import { DynamicServerError, interruption } from '../cache/dynamic/dynamic.ts';
import { factsText } from '../cache/facts.ts';
import { watchingIo } from '../cache/dynamic/sync-io.ts';
import { WatchedRequest } from '../cache/dynamic/watched-request.ts';
import { BUILD, CacheWork } from '../cache/work.ts';
import type { Call, Reply } from '../channel/types.ts';
import { requestOfCall } from '../next/request.ts';
import type { NextRequest } from '../next/request.ts';
import { isStreamBody, joinBytes, readBytes } from '../web/body.ts';
import type { BodyValue } from '../web/body.ts';
import { lastFlags } from '../web/header-text.ts';
import { textOfInit } from '../web/headers.ts';
import {
  bodyToSend,
  isLightResponse,
  LightResponse,
  responseFlags,
  responseReason,
  responseStatus,
  responseText,
} from '../web/response.ts';
import { failureText, logFailure, settings } from './host.ts';
import { interruptedReply } from './interruption.ts';
import type { HandlerContext } from './params.ts';
import { fieldsToSend } from './reply-fields.ts';
import { wrongResult } from './result.ts';
import type { ReadyRoute } from './route.ts';
import { CallScope, runInScope } from './scope.ts';
import { StaticRequest } from './static-request.ts';
import { finishInOneTurn, runInOneTurn, SharedMemory, tryOut, waited } from './two-runs.ts';

/** The longest body of an entry. A stream that does not end would otherwise fill the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A reply that is complete. */
interface WholeReply {
  readonly status: number;
  readonly reason: string;
  readonly fields: string;
  readonly body: string | Uint8Array | null;
}

/** What a generation has come to. */
interface Generated {
  readonly work: CacheWork;
  readonly scope: CallScope | null;
  readonly whole: WholeReply;
  readonly failure: string | null;
}

type Handler = (request: NextRequest, context: HandlerContext) => unknown;

/** Answers a generation. `handler` is what the route exports as GET, `contextOf` makes its second argument. */
export async function generate(
  route: ReadyRoute,
  handler: Handler,
  contextOf: () => HandlerContext,
  call: Call,
  reply: Reply,
): Promise<void> {
  const isTwice = settings()?.cacheComponents === true;
  const { work, scope, whole, failure } = isTwice
    ? await watchingIo(() => runTwice(route, handler, contextOf, call))
    : await runOnce(route, handler, contextOf, call);
  await work.settled();
  if (failure === null && !isTwice) {
    work.forgiveCaught();
  }
  if (failure === null && work.generation === BUILD && work.revalidate === 0) {
    // What lives for no time is not prerendered.
    work.noteDynamic('revalidate: 0');
  }
  reply.facts = factsText(work, failure);
  const wantSent = scope !== null && scope.hasAfterWork && !call.isAborted;
  if (wantSent) {
    call.onSent = (): void => scope.close();
  }
  reply.whole(whole.status, whole.reason, whole.fields, whole.body, wantSent);
  if (!wantSent) {
    scope?.close();
  }
}

async function runOnce(route: ReadyRoute, handler: Handler, contextOf: () => HandlerContext, call: Call): Promise<Generated> {
  const work = new CacheWork(route, call);
  const own = requestOfCall(call);
  const scope = route.hasScope ? new CallScope(route, call, own, work) : null;
  const seen = route.dynamic === 'force-static' ? new StaticRequest(call) : new WatchedRequest(call, work);
  const context = contextOf();
  try {
    const value = await (scope === null ? handler.call(null, seen, context) : runInScope(scope, handler, seen, context));
    return { work, scope, whole: await answered(value, route, own, scope), failure: null };
  } catch (thrown) {
    const [whole, failure] = interrupted(thrown, work, scope, own);
    return { work, scope, whole, failure };
  }
}

/** With `cacheComponents`. */
async function runTwice(route: ReadyRoute, handler: Handler, contextOf: () => HandlerContext, call: Call): Promise<Generated> {
  const memory = new SharedMemory();
  const begin = (): { work: CacheWork; scope: CallScope; own: NextRequest; run: () => unknown } => {
    const work = new CacheWork(route, call, memory);
    const own = requestOfCall(call);
    const scope = new CallScope(route, call, own, work);
    const run = (): unknown => runInScope(scope, handler, new WatchedRequest(call, work) as NextRequest, contextOf());
    return { work, scope, own, run };
  };
  const trial = begin();
  await tryOut(trial.run, memory);
  trial.scope.close();
  if (trial.work.dynamicUse !== null) {
    return { ...trial, ...endDynamic(trial.work) };
  }
  await trial.work.settled();
  const { work, scope, own, run } = begin();
  try {
    const end = await Promise.race([memory.dynamic.then(() => null), runInOneTurn(run)]);
    if (end !== null && 'thrown' in end) {
      throw end.thrown;
    }
    const whole = end === null ? null : await finishInOneTurn(answered(end.value, route, own, scope));
    if (whole === null && work.dynamicUse === null) {
      waited(work);
    }
    return whole === null || work.dynamicUse !== null
      ? { work, scope, ...endDynamic(work) }
      : { work, scope, whole, failure: null };
  } catch (thrown) {
    if (work.dynamicUse !== null) {
      return { work, scope, ...endDynamic(work) };
    }
    const [whole, failure] = interrupted(thrown, work, scope, own);
    return { work, scope, whole, failure };
  }
}

/** A generation that has used something dynamic: no failure in a build, one of the handler's otherwise. */
function endDynamic(work: CacheWork): { whole: WholeReply; failure: string | null } {
  const whole: WholeReply = { status: 500, reason: '', fields: '', body: null };
  if (work.generation === BUILD) {
    return { whole, failure: null };
  }
  const failure = interruption(work, work.dynamicUse ?? 'IO that was not cached');
  logFailure(failure);
  return { whole, failure: failureText(failure) };
}

/** The whole reply that a handler's result stands for. */
function answered(value: unknown, route: ReadyRoute, request: NextRequest, scope: CallScope | null): Promise<WholeReply> {
  if (!(value instanceof LightResponse)) {
    throw new Error(wrongResult(route.info, request, value));
  }
  return collected(value, scope);
}

/** What a thrown value becomes: the reply, and the text of a failure. */
function interrupted(
  thrown: unknown,
  work: CacheWork,
  scope: CallScope | null,
  request: NextRequest,
): [WholeReply, string | null] {
  const none: WholeReply = { status: 500, reason: '', fields: '', body: null };
  try {
    return [{ ...none, ...interruptedReply(thrown, request, scope?.cookies ?? null) }, null];
  } catch (failure) {
    const isBuild = work.generation === BUILD;
    if (isBuild && failure instanceof DynamicServerError) {
      return [none, null];
    }
    if (!isBuild) {
      logFailure(failure);
    }
    return [none, failureText(failure)];
  }
}

async function collected(value: LightResponse, scope: CallScope | null): Promise<WholeReply> {
  const isOurs = isLightResponse(value);
  const text = isOurs ? responseText(value) : textOfInit((value as unknown as Response).headers);
  const fields = fieldsToSend(text, isOurs ? responseFlags : lastFlags, scope?.cookies ?? null);
  const status = isOurs ? responseStatus(value) : (value as unknown as Response).status;
  if (status === 0) {
    // `Response.error()`: Next.js stores it and replays it so.
    return { status: 200, reason: '', fields: '', body: null };
  }
  if (status < 200) {
    throw Object.assign(new RangeError(`Invalid status code: ${status}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
  }
  const reason = isOurs ? responseReason(value) : (value as unknown as Response).statusText;
  const body = isOurs ? bodyToSend(value) : (value as unknown as Response).body;
  if (body === undefined || (isStreamBody(body) && body.locked)) {
    throw new TypeError('Body is unusable: Body has already been read');
  }
  return { status, reason, fields, body: typeof body === 'string' || body === null ? body : await wholeBytes(body) };
}

/** A body's bytes, up to the limit. */
async function wholeBytes(body: Exclude<BodyValue, null | string>): Promise<Uint8Array> {
  if (!isStreamBody(body)) {
    const bytes = await readBytes(body);
    refuseLong(bytes.length);
    return bytes;
  }
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = body.getReader() as ReadableStreamDefaultReader<unknown>;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return joinBytes(pieces, length);
    }
    if (!(value instanceof Uint8Array)) {
      throw new TypeError('Received non-Uint8Array chunk');
    }
    // Copied: whoever made it may write to it again.
    pieces.push(value.slice() as Uint8Array<ArrayBuffer>);
    length += value.length;
    if (length > MAX_BODY_BYTES) {
      void reader.cancel().catch(() => undefined);
    }
    refuseLong(length);
  }
}

function refuseLong(length: number): void {
  if (length > MAX_BODY_BYTES) {
    throw new RangeError(`the reply of a static route is longer than ${MAX_BODY_BYTES} bytes`);
  }
}
