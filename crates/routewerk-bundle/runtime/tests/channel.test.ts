/** The channel's frames and credit, on a socket that only remembers what is written. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';

import type { FrameBuffer } from '../channel/buffers.ts';
import type { Calls } from '../channel/data-socket.ts';
import { DataSocket } from '../channel/data-socket.ts';
import {
  ABORT,
  CALL,
  CALL_BODY,
  CALL_CREDIT,
  CALL_FAIL,
  DONE,
  END,
  HAS_BODY,
  HEADER_BYTES,
  LAST,
  NULL_BODY,
  REPLY,
  REPLY_BODY,
  REPLY_CREDIT,
  REPLY_FAIL,
  SENT,
  SIZED,
  STOP,
  WANT_SENT,
  WHOLE_REPLY_BYTES,
  WINDOW_BYTES,
} from '../channel/frames.ts';
import { Incoming } from '../channel/incoming.ts';
import type { Call, Reply } from '../channel/types.ts';

interface Frame {
  kind: number;
  flags: number;
  aux: number;
  number: number;
  payload: Buffer;
}

function frame(kind: number, flags: number, aux: number, number: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(payload.length, 0);
  bytes[4] = kind;
  bytes[5] = flags;
  bytes.writeUInt16LE(aux, 6);
  bytes.writeUInt32LE(number, 8);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function callFrame(number: number, flags = 0, body = ''): Buffer {
  const url = 'http://localhost:3000/x';
  const head = Buffer.concat([u32(5), u32(url.length), u32(3), u32(8), u32(5), u32(7), Buffer.from(`${url}a\nbhost\nxy\n`, 'latin1')]);
  return frame(CALL, flags, 3, number, Buffer.concat([head, Buffer.from(body, 'latin1')]));
}

/** A front that only remembers, and the handler half's end of its calls. */
class Play {
  readonly written: Buffer[] = [];
  readonly calls: { call: Call; reply: Reply }[] = [];
  readonly #state: Calls;
  readonly #socket: DataSocket;
  #rest: Buffer = Buffer.alloc(0);

  constructor() {
    const socket = {
      cork: (): void => {},
      uncork: (): void => {},
      write: (bytes: Uint8Array): boolean => this.written.push(Buffer.from(bytes)) > 0,
      writableLength: 0,
    };
    this.#state = { dispatch: (call, reply) => void this.calls.push({ call, reply }), inFlight: 0, onIdle: () => {} };
    const incoming = new Incoming((...frame) => this.#socket.handle(...frame));
    this.#socket = new DataSocket(this.#state, socket as unknown as Socket, incoming);
  }

  get inFlight(): number {
    return this.#state.inFlight;
  }

  /** Bytes from the front, in one read. */
  receive(...bytes: Buffer[]): void {
    let all = Buffer.concat(bytes);
    while (all.length > 0) {
      const space = this.#socket.incoming.space();
      const count = Math.min(space.length, all.length);
      space.set(all.subarray(0, count));
      this.#socket.read(count);
      all = all.subarray(count);
    }
  }

  /** The frames that have left since the last time. */
  async frames(): Promise<Frame[]> {
    await new Promise(setImmediate);
    const all = Buffer.concat([this.#rest, ...this.written.splice(0)]);
    const frames: Frame[] = [];
    let at = 0;
    while (all.length - at >= HEADER_BYTES && all.length - at >= HEADER_BYTES + all.readUInt32LE(at)) {
      const end = at + HEADER_BYTES + all.readUInt32LE(at);
      frames.push({
        kind: all[at + 4] as number,
        flags: all[at + 5] as number,
        aux: all.readUInt16LE(at + 6),
        number: all.readUInt32LE(at + 8),
        payload: all.subarray(at + HEADER_BYTES, end),
      });
      at = end;
    }
    this.#rest = all.subarray(at);
    return frames;
  }

  /** Makes a call and returns its ends. */
  call(flags = 0, body = ''): { call: Call; reply: Reply } {
    this.receive(callFrame(this.calls.length, flags, body));
    return this.calls[this.calls.length - 1] as { call: Call; reply: Reply };
  }
}

function kinds(frames: Frame[]): [kind: number, flags: number][] {
  return frames.map(({ kind, flags }) => [kind, flags]);
}

test('frames are the same wherever a read splits them', () => {
  const bytes = Buffer.concat([callFrame(1), frame(ABORT, 0, 0, 1), frame(CALL_BODY, END, 0, 2, Buffer.from('chunk'))]);
  for (let split = 1; split < bytes.length; split++) {
    const found: [number, number, string][] = [];
    const take = (kind: number, _flags: number, _aux: number, number: number, buffer: FrameBuffer, start: number, end: number): void => {
      found.push([kind, number, buffer.latin1Slice(start, end)]);
    };
    const incoming = new Incoming(take);
    for (const part of [bytes.subarray(0, split), bytes.subarray(split)]) {
      incoming.space().set(part);
      incoming.read(part.length);
    }
    const head = callFrame(1).subarray(HEADER_BYTES).toString('latin1');
    assert.deepEqual(found, [[CALL, 1, head], [ABORT, 1, ''], [CALL_BODY, 2, 'chunk']], `split after ${split} bytes`);
  }
});

test('a frame longer than the buffer is read whole, and the buffer is small again afterwards', () => {
  const play = new Play();
  const body = 'x'.repeat(300_000);
  play.receive(callFrame(0, HAS_BODY | END, body), callFrame(1));
  assert.equal(play.calls[0]?.call.body?.complete?.length, 300_000);
  assert.equal(play.calls.length, 2);
});

test('a call has the parts of its frame', () => {
  const { call } = new Play().call(HAS_BODY | END, 'body');
  assert.deepEqual(
    [call.route, call.method, call.url, call.params, call.headers],
    [5, 3, 'http://localhost:3000/x', 'a\nb', 'host\nxy\n'],
  );
  assert.deepEqual(call.body?.complete, new Uint8Array(Buffer.from('body')));
});

test('the replies of one turn leave in one write', async () => {
  const play = new Play();
  play.receive(...[0, 1, 2].map((number) => callFrame(number)));
  for (const { reply } of play.calls) {
    void Promise.resolve().then(() => reply.whole(200, '', '', 'ok', false));
  }
  await new Promise(setImmediate);
  assert.equal(play.written.length, 1);
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END | LAST], [REPLY, END | LAST], [REPLY, END | LAST]]);
  assert.equal(play.inFlight, 0);
});

test('a whole reply has its parts', async () => {
  const play = new Play();
  play.call().reply.whole(201, 'Möde', 'a\nb\n', '€', false);
  const [found] = await play.frames();
  assert.equal(found?.aux, 201);
  assert.deepEqual(found?.payload, Buffer.concat([u32(4), u32(4), Buffer.from('a\nb\nMöde', 'latin1'), Buffer.from('€')]));
  play.call().reply.whole(204, '', '', null, false);
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END | LAST | NULL_BODY]]);
});

test('a head that latin-1 would change is answered 500', async () => {
  const play = new Play();
  process.removeAllListeners('warning');
  const warned = new Promise((resolve) => process.once('warning', resolve));
  // U+010A would leave as a line feed and end the field.
  play.call().reply.whole(200, '', 'x-name\naĊset-cookieĊa=b\n', 'ok', false);
  const [found] = await play.frames();
  assert.equal(found?.aux, 500);
  assert.deepEqual(found?.payload, Buffer.concat([u32(0), u32(0)]));
  await warned;
});

test('a stream never sends a byte without credit and leaves no byte out', async () => {
  const sizes = [1, 70_000, 65_536, 3, 200_000, 8192, 8191, 100];
  for (const credits of [[16_384], [65_536], [16_384, 40_000, 20_000]]) {
    const play = new Play();
    const { reply } = play.call();
    reply.head(200, '', '', false);
    let next = 0;
    const more = (): void => {
      while (next < sizes.length) if (!reply.piece(Buffer.alloc(sizes[next++] as number, next))) return;
      next = Infinity;
      reply.end();
    };
    reply.onCredit = more;
    more();
    let credit = WINDOW_BYTES;
    let received = 0;
    let given = 0;
    for (let isOver = false; !isOver; ) {
      for (const { kind, flags, payload } of await play.frames()) {
        const bytes = kind === REPLY ? payload.length - 8 : payload.length;
        credit -= bytes;
        received += bytes;
        assert.ok(credit >= 0, 'a byte without credit');
        isOver = (flags & END) !== 0;
      }
      // Frames of a stream that is still open always stand in want of credit: nothing stands still with some left.
      if (isOver) break;
      const back = Math.min(credits[given++ % credits.length] as number, WINDOW_BYTES - credit);
      credit += back;
      play.receive(frame(REPLY_CREDIT, 0, 0, 0, u32(back)));
    }
    assert.equal(received, sizes.reduce((sum, size) => sum + size, 0));
    assert.equal(play.inFlight, 0);
  }
});

test('a long whole body crosses with its length and with credit', async () => {
  const play = new Play();
  play.call().reply.whole(200, '', '', Buffer.alloc(WHOLE_REPLY_BYTES + 1), false);
  const frames = await play.frames();
  assert.deepEqual(kinds(frames), [[REPLY, SIZED]]);
  assert.equal(frames[0]?.payload.readUInt32LE(8), WHOLE_REPLY_BYTES + 1);
  assert.equal(frames[0]?.payload.length, 16 + WINDOW_BYTES);
  play.call().reply.whole(200, '', '', Buffer.alloc(WHOLE_REPLY_BYTES), false);
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END | LAST]]);
});

test('credit for a body goes back when it was taken, and never beyond its end', async () => {
  const play = new Play();
  const { call, reply } = play.call(HAS_BODY);
  const chunks: number[] = [];
  call.body?.start({ chunk: (bytes) => chunks.push(bytes.length), end: () => chunks.push(-1), fail: () => {} });
  play.receive(frame(CALL_BODY, 0, 0, 0, Buffer.alloc(10_000)), frame(CALL_BODY, 0, 0, 0, Buffer.alloc(10_000)));
  assert.deepEqual(chunks, [10_000, 10_000]);
  call.body?.taken(10_000);
  assert.deepEqual(await play.frames(), []);
  call.body?.taken(10_000);
  const [credit] = await play.frames();
  assert.deepEqual([credit?.kind, credit?.payload], [CALL_CREDIT, u32(20_000)]);
  play.receive(frame(CALL_BODY, END, 0, 0, Buffer.alloc(20_000)));
  call.body?.taken(20_000);
  reply.whole(200, '', '', 'ok', false);
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END | LAST]]);
  assert.deepEqual(chunks, [10_000, 10_000, 20_000, -1]);
});

test('chunks that came before anybody asked are delivered in order, and a failure after them', () => {
  const play = new Play();
  const { call } = play.call(HAS_BODY, 'one');
  play.receive(frame(CALL_BODY, 0, 0, 0, Buffer.from('two')), frame(CALL_FAIL, 0, 0, 0, Buffer.from('too large')));
  const found: string[] = [];
  call.body?.start({
    chunk: (bytes) => found.push(Buffer.from(bytes).toString()),
    end: () => found.push('end'),
    fail: (message) => found.push(`fail: ${message}`),
  });
  assert.deepEqual(found, ['one', 'two', 'fail: too large']);
});

test('a body that nobody began to read is over with the reply', async () => {
  const play = new Play();
  play.call(HAS_BODY).reply.whole(200, '', '', 'ok', false);
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END | LAST]]);
  play.call(HAS_BODY).reply.whole(200, '', '', 'ok', true);
  assert.deepEqual(kinds(await play.frames()), [[STOP, 0], [REPLY, END | WANT_SENT]]);
});

test('a body that is being read goes on after the reply, and DONE follows its end', async () => {
  const play = new Play();
  const { call, reply } = play.call(HAS_BODY);
  let isEnded = false;
  call.body?.start({ chunk: () => {}, end: () => (isEnded = true), fail: () => {} });
  reply.whole(200, '', '', 'ok', false);
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END]]);
  assert.equal(play.inFlight, 1);
  play.receive(frame(CALL_BODY, END, 0, 0, Buffer.from('rest')));
  assert.deepEqual(kinds(await play.frames()), [[DONE, 0]]);
  assert.ok(isEnded);
  assert.equal(play.inFlight, 0);
});

test('the small pieces of one turn leave as one frame, with the bytes that they had when they were given', async () => {
  const play = new Play();
  const { reply } = play.call();
  const bytes = Buffer.from('ab');
  reply.head(200, '', '', false);
  reply.piece(bytes);
  bytes.write('cd');
  reply.piece(bytes);
  bytes.fill(0);
  const [first, ...others] = await play.frames();
  assert.equal(first?.payload.toString('latin1').slice(-4), 'abcd');
  assert.deepEqual(others, []);
  reply.piece(Buffer.from('e'));
  reply.piece(Buffer.from('f'));
  reply.end();
  const [last, ...rest] = await play.frames();
  assert.deepEqual([last?.kind, last?.flags, last?.payload.toString()], [REPLY_BODY, END | LAST, 'ef']);
  assert.deepEqual(rest, []);
});

test('pieces small and large keep their order, and no other reply comes between a frame and its payload', async () => {
  const play = new Play();
  const replies = [play.call().reply, play.call().reply];
  const sizes = [3, 9000, 5, 5, 20_000, 1, 33, 8192, 8191];
  for (const reply of replies) reply.head(200, '', '', false);
  sizes.forEach((size, index) => {
    for (const [number, reply] of replies.entries()) {
      const until = performance.now() + 1.1;
      // Longer than a frame may wait, so that whatever is held back is written in the middle of the others.
      while (index % 3 === 2 && performance.now() < until);
      reply.piece(Buffer.alloc(size, 16 * number + index));
    }
  });
  for (const reply of replies) reply.end();
  const bodies = [Buffer.alloc(0), Buffer.alloc(0)];
  for (const { kind, number, payload } of await play.frames()) {
    const body = kind === REPLY ? payload.subarray(8) : payload;
    bodies[number] = Buffer.concat([bodies[number] as Buffer, body]);
  }
  for (const [number, body] of bodies.entries()) {
    const expected = sizes.map((size, index) => Buffer.alloc(size, 16 * number + index));
    assert.ok(body.equals(Buffer.concat(expected)), `reply ${number}`);
  }
});

test('an abort tells the handler once, is answered with DONE, and later frames and calls of methods do nothing', async () => {
  const play = new Play();
  const { call, reply } = play.call(HAS_BODY);
  const told: string[] = [];
  call.onAbort = (): void => void told.push(`abort ${call.isAborted}`);
  call.onSent = (): void => void told.push('sent');
  call.body?.start({ chunk: () => told.push('chunk'), end: () => told.push('end'), fail: () => told.push('fail') });
  reply.head(200, '', '', true);
  reply.piece(Buffer.from('x'));
  assert.deepEqual(kinds(await play.frames()), [[REPLY, WANT_SENT]]);
  reply.piece(Buffer.from('nobody reads this'));
  play.receive(frame(ABORT, 0, 0, 0));
  reply.piece(Buffer.from('y'));
  reply.end();
  reply.fail('late');
  call.body?.cancel();
  call.body?.taken(60_000);
  play.receive(frame(CALL_BODY, END, 0, 0), frame(SENT, 0, 0, 0), frame(REPLY_CREDIT, 0, 0, 0, u32(1)));
  assert.deepEqual(kinds(await play.frames()), [[DONE, 0]]);
  assert.deepEqual(told, ['fail', 'abort true']);
  assert.equal(play.inFlight, 0);
});

test('an abort after a complete reply counts as sent', async () => {
  const play = new Play();
  const { call, reply } = play.call();
  const told: string[] = [];
  call.onAbort = (): void => void told.push('abort');
  call.onSent = (): void => void told.push('sent');
  reply.whole(200, '', '', 'ok', true);
  play.receive(frame(ABORT, 0, 0, 0));
  assert.deepEqual(kinds(await play.frames()), [[REPLY, END | WANT_SENT], [DONE, 0]]);
  assert.deepEqual(told, ['sent']);
});

test('a failed stream sends its head, its reason and nothing else', async () => {
  const play = new Play();
  const { reply } = play.call();
  reply.head(200, '', '', false);
  reply.fail('x'.repeat(100_000));
  const frames = await play.frames();
  assert.deepEqual(kinds(frames), [[REPLY, 0], [REPLY_FAIL, LAST]]);
  assert.equal(frames[1]?.payload.length, 65_536);
});
