/**
 * Generated requests beside the platform's: those that users make, and those of calls.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { requestOfCall } from '../next/request.ts';
import type { Seeded } from './differential.ts';
import { FakeCall } from './fake-call.ts';
import { isSteady, outcome, someBody, someFields } from './generated-parts.ts';
import type { Classes, Recipe } from './generated-parts.ts';
import { platform } from './harness.ts';
import { property, someBytes, someText } from './properties.ts';

const OURS: Classes = { Headers, Request, Response };

const URLS = ['http://a.com', 'https://a.com:8443/x/../y?q=ü#h', 'http://[::1]/', 'data:,x', 'about:blank', 'blob:x'];
const BAD_URLS = ['/relative', '', 'http://', 'http://u:p@a.com', 'x', 5, null, undefined, {}, Symbol('url')];
const METHODS = ['GET', 'get', 'HEAD', 'POST', 'post', 'Put', 'PATCH', 'patch', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'];
const BAD_METHODS = ['TRACE', 'connect', 'bad method', '', 'é', 5, null];

/** Options with values that are allowed and, at the end, one or two that are not. */
const OPTIONS: Record<string, unknown[]> = {
  mode: ['cors', 'no-cors', 'same-origin', 'navigate', 'never'],
  credentials: ['omit', 'same-origin', 'include', 'never'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached', 'never'],
  redirect: ['follow', 'error', 'manual', 'never'],
  referrer: ['', 'about:client', 'http://b.com/x', 'bad url', 5],
  referrerPolicy: ['', 'no-referrer', 'origin', 'unsafe-url', 'never'],
  integrity: ['', 'sha256-x', 5],
  keepalive: [true, false, 1, 'x'],
  duplex: ['half', 'full'],
  window: [null, 'x'],
  priority: ['high', 'never'],
  signal: [null, undefined, 'x', {}],
};

function someInit(random: Seeded): Recipe<unknown> {
  if (random.below(6) === 0) {
    const value = random.pick([undefined, null, {}, 5, 'text', []]);
    return () => value;
  }
  const isWild = random.below(5) === 0;
  const fixed: Record<string, unknown> = {};
  if (random.below(4) !== 0) {
    fixed['method'] = random.pick(isWild ? [...METHODS, ...BAD_METHODS] : METHODS);
  }
  for (const [name, values] of Object.entries(OPTIONS)) {
    if (random.below(6) === 0) {
      fixed[name] = random.pick(isWild ? values : values.slice(0, -1));
    }
  }
  const aborts = random.below(8) === 0 ? AbortSignal.abort(new RangeError('gone')) : null;
  const body = random.below(2) === 0 ? someBody(random) : null;
  const fields = random.below(2) === 0 ? someFields(random) : null;
  return (classes) => ({
    ...fixed,
    ...(aborts === null ? {} : { signal: aborts }),
    ...(body === null ? {} : { body: body(classes) }),
    ...(fields === null ? {} : { headers: fields(classes) }),
  });
}

function someRequest(random: Seeded, depth: number): Recipe<Request> {
  const init = someInit(random);
  const hasInit = random.below(5) !== 0;
  const url = random.pick(random.below(6) === 0 ? BAD_URLS : URLS);
  const inner = depth === 0 ? null : someRequest(random, depth - 1);
  const isInner = random.below(2) === 0;
  return (classes) => {
    const input = inner !== null && isInner ? inner(classes) : url;
    return hasInit ? new classes.Request(input as string, init(classes) as RequestInit) : new classes.Request(input as string);
  };
}

type Step = (request: Request, classes: Classes) => unknown;

const STEPS: Array<[string, Step]> = [
  ['look', (request) => request],
  ['text', (request) => request.text()],
  ['json', (request) => request.json()],
  ['arrayBuffer', (request) => request.arrayBuffer()],
  ['blob', (request) => request.blob()],
  ['formData', (request) => request.formData()],
  ['body', (request) => request.body],
  ['body is the same', (request) => isSteady(() => request.body)],
  ['bodyUsed', (request) => request.bodyUsed],
  ['signal is the same', (request) => isSteady(() => request.signal)],
  ['set a field', (request) => request.headers.set('X', '1')],
  ['set a bad field', (request) => request.headers.set('a b', '1')],
  ['delete the type', (request) => request.headers.delete('content-type')],
  // When the pipe of a copy lets go of a used body is a matter of turns.
  ['lock', (request) => (request.bodyUsed ? 'used' : typeof request.body?.getReader())],
  ['cancel', (request) => (request.bodyUsed ? 'used' : Promise.race([request.body?.cancel('enough'), new Promise((resolve) => setImmediate(resolve, 'waits'))]))],
  ['clone and look', (request) => request.clone()],
  ['clone and read', (request) => request.clone().text()],
  ['copy and look', (request, classes) => new classes.Request(request)],
  ['copy and read', (request, classes) => new classes.Request(request).text()],
  ['copy with another method', (request, classes) => new classes.Request(request, { method: 'PUT' })],
  ['copy with another body', (request, classes) => new classes.Request(request, { method: 'POST', body: 'other' }).text()],
  ['take it as init', (request, classes) => new classes.Request('http://c.com', request)],
  ['respond with its body', (request, classes) => new classes.Response(request.body).text()],
];

/** Makes a request on each side and compares what the steps give. */
async function compare(ours: () => Request, theirs: () => Request, steps: typeof STEPS): Promise<void> {
  const story = async (make: () => Request, classes: Classes): Promise<unknown> => {
    const told: unknown[] = [];
    let request: Request | undefined;
    told.push(await outcome(() => (request = make())));
    for (const [name, step] of request === undefined ? [] : steps) {
      told.push([name, await outcome(() => step(request as Request, classes))]);
    }
    return told;
  };
  assert.deepEqual(await story(ours, OURS), await story(theirs, platform));
}

describe('Request', () => {
  property('made of generated parts equals the platform’s at every step', 1500, async (random) => {
    const make = someRequest(random, 2);
    const steps = Array.from({ length: 1 + random.below(4) }, () => random.pick(STEPS));
    await compare(() => make(OURS), () => make(platform), steps);
  });

  property('of a generated call equals the platform’s with the same content at every step', 800, async (random) => {
    const method = random.pick(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'] as const);
    const { href: url } = new URL(`/${encodeURIComponent(someText(random, 3).toWellFormed())}?${new URLSearchParams(someText(random, 4))}`, 'http://localhost:3000');
    const types = ['text/plain', 'application/json', 'Application/X-WWW-Form-Urlencoded', 'application/x-www-form-urlencoded;charset=x', 'multipart/form-data', 'bad', ''];
    const headers: Array<[string, string]> = [['host', 'localhost:3000'], ['content-type', random.pick(types)], ['x-a', '1']];
    const body = random.below(2) === 0 ? Buffer.from(someText(random, 12).toWellFormed()) : someBytes(random, 12);
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const theirs = (): Request => new platform.Request(url, { method, headers, ...(hasBody ? { body: new Uint8Array(body) } : {}) });
    const ours = (): Request => requestOfCall(new FakeCall({ method, url, headers, body: new Uint8Array(body) })) as unknown as Request;
    // A copy of `NextRequest` keeps its class, whose `url` differs on purpose.
    await compare(ours, theirs, Array.from({ length: 1 + random.below(4) }, () => random.pick(STEPS)));
  });
});
