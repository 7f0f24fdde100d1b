/**
 * Replies whose body is a stream: pieces, credit, failures, clients that leave.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { NextRequest } from '../next/request.ts';
import { route } from './harness.ts';

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Lets everything happen that is already on its way. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A stream that a test feeds. */
function fed(): { stream: ReadableStream; controller: ReadableStreamDefaultController; cancelled: () => unknown[] } {
  let controller: ReadableStreamDefaultController | undefined;
  const cancelled: unknown[] = [];
  const stream = new ReadableStream({
    start(given): void {
      controller = given;
    },
    cancel(reason): void {
      cancelled.push(reason);
    },
  });
  return { stream, controller: controller as ReadableStreamDefaultController, cancelled: () => cancelled };
}

describe('a streamed reply', () => {
  it('sends each chunk when it comes, the head with the first', async () => {
    const { stream, controller } = fed();
    const { reply } = route({ GET: () => new Response(stream, { status: 203, headers: { a: '1' } }) }).start();
    assert.deepEqual([reply.status, reply.field('a')], [203, '1']);
    controller.enqueue(bytesOf('one'));
    await settle();
    assert.equal(reply.text, 'one');
    controller.enqueue('två');
    await settle();
    assert.equal(reply.text, 'onetvå', 'text is sent as UTF-8');
    assert.equal(reply.end_, null);
    controller.close();
    await reply.done;
    assert.equal(reply.end_, 'end');
  });

  it('waits for credit', async () => {
    let pulled = 0;
    const stream = new ReadableStream(
      {
        pull(controller): void {
          pulled += 1;
          controller.enqueue(new Uint8Array(10));
          if (pulled === 10) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const { reply } = route({
      GET: () => new Response(stream),
    }).start();
    reply.credit = 3;
    await settle();
    // The reply had all the credit until the test took it away.
    const before = reply.pieces.length;
    assert.ok(before < 10 && pulled <= before + 1, `${before} pieces, ${pulled} pulls`);
    await settle();
    assert.equal(reply.pieces.length, before, 'nothing is sent without credit');
    reply.credit = Number.POSITIVE_INFINITY;
    reply.onCredit?.();
    await reply.done;
    assert.equal(reply.pieces.length, 10);
  });

  it('takes async iterables and byte streams', async () => {
    async function* generate(): AsyncGenerator<Uint8Array> {
      yield bytesOf('a');
      yield bytesOf('b');
    }
    const byteStream = new ReadableStream({
      type: 'bytes',
      start(controller): void {
        controller.enqueue(bytesOf('ab') as Uint8Array<ArrayBuffer>);
        controller.close();
      },
    });
    for (const body of [generate() as unknown as BodyInit, byteStream]) {
      const reply = await route({ GET: () => new Response(body) }).call();
      assert.equal(reply.text, 'ab');
    }
  });

  it('that fails destroys the connection and is logged, before the first chunk and after', async () => {
    for (const isFirst of [true, false]) {
      const { stream, controller } = fed();
      const bench = route({ GET: () => new Response(stream) });
      const { reply } = bench.start();
      if (!isFirst) {
        controller.enqueue(bytesOf('part'));
        await settle();
      }
      controller.error(new Error('broken'));
      await reply.done;
      assert.deepEqual([reply.end_, reply.failure], ['fail', 'broken']);
      assert.match(bench.logs[0] as string, /^error: ⨯ Error: failed to pipe response[^]*\[cause\]: Error: broken/);
    }
  });

  it('that fails on purpose is not logged', async () => {
    const { stream, controller } = fed();
    const bench = route({ GET: () => new Response(stream) });
    const { reply } = bench.start();
    controller.error(new DOMException('stop', 'AbortError'));
    await reply.done;
    assert.equal(reply.end_, 'fail');
    assert.deepEqual(bench.logs, []);
  });

  it('whose chunk is neither text nor bytes fails and names it', async () => {
    const cases: Array<[unknown, string]> = [
      [5, 'type number \\(5\\)'],
      [new Uint16Array(2), 'an instance of Uint16Array'],
      [{}, 'an instance of Object'],
      [null, 'null'],
      [undefined, 'undefined'],
    ];
    for (const [chunk, word] of cases) {
      const { stream, controller, cancelled } = fed();
      const bench = route({ GET: () => new Response(stream) });
      const { reply } = bench.start();
      controller.enqueue(chunk);
      await reply.done;
      assert.equal(reply.end_, 'fail');
      assert.match(bench.logs[0] as string, new RegExp(`must be of type string or an instance of Buffer or Uint8Array\\. Received ${word}`));
      assert.equal(cancelled().length, 1, 'the stream is told');
    }
  });

  it('is cancelled when the client leaves, with the reason of request.signal', async () => {
    const { stream, controller, cancelled } = fed();
    let signal: AbortSignal | undefined;
    let cancelledAtAbort: number | undefined;
    const bench = route({
      GET(request: NextRequest): Response {
        signal = request.signal;
        signal.addEventListener('abort', () => (cancelledAtAbort = cancelled().length));
        return new Response(stream);
      },
    });
    const { call, reply } = bench.start();
    controller.enqueue(bytesOf('x'));
    await settle();
    call.abort();
    await settle();
    assert.equal(cancelled().length, 1);
    assert.equal((cancelled()[0] as Error).name, 'ResponseAborted');
    assert.equal(cancelledAtAbort, 0, 'the signal comes first');
    assert.equal(signal?.aborted, true);
    assert.equal((signal?.reason as Error).name, 'ResponseAborted');
    assert.throws(() => controller.enqueue(bytesOf('y')), TypeError);
    assert.equal(reply.end_, null, 'nothing more is said to the channel');
    assert.deepEqual(bench.logs, []);
  });

  it('is cancelled at once when the client has left before it began', async () => {
    const { stream, cancelled } = fed();
    let go: (() => void) | undefined;
    const bench = route({
      async GET(): Promise<Response> {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        return new Response(stream);
      },
    });
    const { call } = bench.start();
    call.abort();
    go?.();
    await settle();
    assert.equal(cancelled().length, 1);
  });

  it('does not abort the signal when it completes', async () => {
    let signal: AbortSignal | undefined;
    const reply = await route({
      GET(request: NextRequest): Response {
        signal = request.signal;
        return new Response(new ReadableStream({ start: (c) => c.close() }));
      },
    }).call();
    await settle();
    assert.equal(reply.end_, 'end');
    assert.equal(signal?.aborted, false);
  });

  it('passes a request body on as it comes', async () => {
    const reply = await route({ POST: (request: NextRequest) => new Response(request.body) }).call({ method: 'POST', body: 'echoed' });
    assert.equal(reply.text, 'echoed');
  });
});
