/**
 * Generated responses, ours beside the platform's: made of the same parts, asked the same questions in the same order.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import type { Seeded } from './differential.ts';
import { isSteady, outcome, someBody, someFields } from './generated-parts.ts';
import type { Classes, Recipe } from './generated-parts.ts';
import { platform } from './harness.ts';
import { property } from './properties.ts';

const OURS: Classes = { Headers, Request, Response };

const STATUSES = [undefined, 200, 201, 204, 205, 304, 302, 404, 500, 599, 100, 101, 199, 600, 0, -1, 200.7, Number.NaN, '201', 'x', null, true, 65736];
const REASONS = [undefined, '', 'Fine', 'with\ttab', 'line\nbreak', 'é', 'ł', 5, null];

/** What may stand as init. */
function someInit(random: Seeded): Recipe<unknown> {
  if (random.below(5) === 0) {
    const value = random.pick([undefined, null, {}, 5, 'text', []]);
    return () => value;
  }
  const isPlain = random.below(2) === 0;
  const status = random.pick(isPlain ? STATUSES.slice(0, 10) : STATUSES);
  const statusText = random.pick(isPlain ? REASONS.slice(0, 3) : REASONS);
  const fields = random.below(3) === 0 ? null : someFields(random);
  return (classes) => ({ status, statusText, ...(fields === null ? {} : { headers: fields(classes) }) });
}

function someResponse(random: Seeded): Recipe<Response> {
  const [body, init] = [someBody(random), someInit(random)];
  const made: Recipe<Response> = (classes) => new classes.Response(body(classes) as BodyInit, init(classes) as ResponseInit);
  const url = random.pick(['http://a.com/x y', '/relative', 'http://', 'x:y', new URL('http://a.com/?q=ü'), undefined, 5]);
  const status = random.pick([undefined, 301, 302, 303, 307, 308, 200, '307', 0]);
  const others: Array<Recipe<Response>> = [
    // Null is no init by the standard and so for ours; Node.js 20 breaks at it.
    (classes) => classes.Response.json(body(classes), (init(classes) ?? undefined) as ResponseInit),
    (classes) => classes.Response.redirect(url as string, status as number),
    (classes) => classes.Response.error(),
    (classes) => new classes.Response(),
    (classes) => (classes.Response.json as () => Response)(),
    (classes) => new classes.Response(null, new classes.Response('x', init(classes) as ResponseInit)),
  ];
  return random.below(3) === 0 ? random.pick(others) : made;
}

type Step = (response: Response, classes: Classes) => unknown;

const STEPS: Array<[string, Step]> = [
  ['look', (response) => response],
  ['text', (response) => response.text()],
  ['json', (response) => response.json()],
  ['arrayBuffer', (response) => response.arrayBuffer()],
  ['blob', (response) => response.blob()],
  ['formData', (response) => response.formData()],
  ['body', (response) => response.body],
  ['body is the same', (response) => isSteady(() => response.body)],
  ['bodyUsed', (response) => response.bodyUsed],
  ['headers are the same', (response) => isSteady(() => response.headers)],
  ['set a field', (response) => response.headers.set('X', '1')],
  ['append a cookie', (response) => response.headers.append('set-cookie', 'n=1')],
  ['delete the type', (response) => response.headers.delete('content-type')],
  ['read a chunk', async (response) => {
    const reader = response.body?.getReader();
    const chunk = await reader?.read();
    reader?.releaseLock();
    return [chunk?.done, ArrayBuffer.isView(chunk?.value) ? Buffer.from(chunk.value).toString('latin1') : chunk?.value].map((each) =>
      typeof each === 'string' ? each.replaceAll(/formdata-undici-\d+/g, 'boundary') : each,
    );
  }],
  ['lock', (response) => typeof response.body?.getReader()],
  // One of two branches waits for the other.
  ['cancel', (response) => Promise.race([response.body?.cancel('enough'), new Promise((resolve) => setImmediate(resolve, 'waits'))])],
  ['clone and look', (response) => response.clone()],
  ['clone and read', (response) => response.clone().text()],
  ['respond with it', (response, classes) => new classes.Response(response.body, response).text()],
];

describe('Response', () => {
  property('made of generated parts equals the platform’s at every step', 1500, async (random) => {
    const make = someResponse(random);
    const steps = Array.from({ length: 1 + random.below(5) }, () => random.pick(STEPS));
    const story = async (classes: Classes): Promise<unknown> => {
      const told: unknown[] = [];
      let response: Response | undefined;
      told.push(await outcome(() => (response = make(classes))));
      for (const [name, step] of response === undefined ? [] : steps) {
        told.push([name, await outcome(() => step(response as Response, classes))]);
      }
      return told;
    };
    assert.deepEqual(await story(OURS), await story(platform));
  });
});
