/**
 * The worker of `call_speed`: the product's own channel, and handlers that cost nothing themselves.
 */

import { connect } from '../../../routewerk-bundle/runtime/channel/connect.ts';
import type { Call, CallBody, Reply } from '../../../routewerk-bundle/runtime/channel/types.ts';

const HEADERS = 'content-type\napplication/json\n';
const MEGABYTE = new Uint8Array(1 << 20);
const channel = connect();

/** Answers as an async handler does: after a turn of the microtasks. */
async function hello(call: Call, reply: Reply): Promise<void> {
  await null;
  reply.whole(200, '', HEADERS, call.params === '' ? '{"hello":"world"}' : '{"hello":"param"}', false);
}

/** Takes a body as fast as it comes, and says how long it was. */
function swallow(body: CallBody, reply: Reply): void {
  let bytes = 0;
  body.start({
    chunk: (chunk) => {
      bytes += chunk.length;
      body.taken(chunk.length);
    },
    end: () => reply.whole(200, '', HEADERS, String(bytes), false),
    fail: (message) => reply.whole(500, '', HEADERS, message, false),
  });
}

/** Takes a body at a megabyte per second. */
function swallowSlowly(body: CallBody, reply: Reply): void {
  let bytes = 0;
  body.start({
    chunk: (chunk) => {
      bytes += chunk.length;
      setTimeout(() => body.taken(chunk.length), chunk.length / 1000);
    },
    end: () => reply.whole(200, '', HEADERS, String(bytes), false),
    fail: (message) => reply.whole(500, '', HEADERS, message, false),
  });
}

/** Sends megabytes as fast as credit allows. */
function pour(reply: Reply, megabytes: number): void {
  let left = megabytes;
  reply.head(200, '', HEADERS, false);
  const more = (): void => {
    while (left > 0) {
      left--;
      if (!reply.piece(MEGABYTE)) return;
    }
    if (left === 0) {
      left = -1;
      reply.end();
    }
  };
  reply.onCredit = more;
  more();
}

channel.onDispatch((call, reply) => {
  switch (call.route) {
    case 0:
      void hello(call, reply);
      return;
    case 1:
      swallow(call.body as CallBody, reply);
      return;
    case 2:
      swallowSlowly(call.body as CallBody, reply);
      return;
    default:
      pour(reply, Number(call.params));
  }
});
channel.control.onAsk('init', () => ({}));
channel.control.onAsk('drain', async () => {
  await channel.whenIdle();
  return {};
});
