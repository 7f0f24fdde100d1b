/**
 * The worker of the engine's tests: the product's own channel, and a handler half that does what the call's path says.
 */

import { existsSync, writeFileSync, writeSync } from 'node:fs';

import { connect } from '../../../routewerk-bundle/runtime/channel/connect.ts';
import type { Call, Reply } from '../../../routewerk-bundle/runtime/channel/types.ts';

interface Init {
  readonly dataSockets: number;
  /** A folder for files by which one run of the worker leaves word for the next. */
  readonly folder: string;
  /** What to do instead of becoming ready. */
  readonly atStart?: 'exit' | 'refuse' | 'hang' | 'fatal' | 'flood';
  /** What `/version` answers. */
  readonly version?: string;
}

let init: Init;
let aborted = 0;
const channel = connect();

function text(reply: Reply, body: string, status = 200): void {
  reply.whole(status, '', 'content-type\ntext/plain\n', body, false);
}

/** True for the first call of all runs of the worker. */
function isFirst(name: string): boolean {
  const path = `${init.folder}/${name}`;
  if (existsSync(path)) return false;
  writeFileSync(path, '');
  return true;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Sends `total` bytes in pieces of `size`, as credit allows. */
function stream(call: Call, reply: Reply, total: number, size: number, finish: () => void): void {
  let sent = 0;
  const piece = new Uint8Array(size);
  const more = (): void => {
    while (sent < total) {
      const length = Math.min(size, total - sent);
      piece.fill(sent & 0xff);
      sent += length;
      if (!reply.piece(piece.slice(0, length))) return;
    }
    if (sent >= total) {
      sent = Infinity;
      finish();
    }
  };
  call.onAbort = () => {
    aborted++;
  };
  reply.onCredit = more;
  more();
}

/** Reads a body as a consumer that takes every chunk at once. */
function readBody(call: Call, done: (bytes: number, sum: number, failure: string | null) => void): void {
  const body = call.body;
  let bytes = 0;
  let sum = 0;
  const add = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    for (let at = 0; at < chunk.length; at += 997) sum = (sum + (chunk[at] as number)) % 65521;
  };
  if (body === null) return done(0, 0, null);
  if (body.complete !== null) {
    add(body.complete);
    return done(bytes, sum, null);
  }
  body.start({
    chunk: (chunk) => {
      add(chunk);
      body.taken(chunk.length);
    },
    end: () => done(bytes, sum, null),
    fail: (message) => done(bytes, sum, message),
  });
}

const actions: Record<string, (call: Call, reply: Reply, query: URLSearchParams) => void> = {
  '/hello': (_call, reply) => text(reply, 'hello'),
  '/version': (_call, reply) => text(reply, init.version ?? 'none'),
  '/pid': (_call, reply) => text(reply, String(process.pid)),
  '/meta': (call, reply) => {
    const { route, method, url, params, headers } = call;
    text(reply, JSON.stringify({ route, method, url, params, headers }));
  },
  '/head': (_call, reply, query) =>
    reply.whole(Number(query.get('status')), query.get('reason') ?? '', query.get('headers') ?? '', null, false),
  '/bytes': (_call, reply, query) => reply.whole(200, '', '', new Uint8Array(Number(query.get('n'))).fill(7), false),
  '/text': (_call, reply, query) => text(reply, '€'.repeat(Number(query.get('n')))),
  '/slow': (_call, reply, query) => void setTimeout(() => text(reply, 'slow'), Number(query.get('ms'))),
  '/never': (call) => {
    call.onAbort = () => {
      aborted++;
    };
  },
  '/aborted': (_call, reply) => text(reply, String(aborted)),
  '/in-flight': (_call, reply) => text(reply, String(channel.callsInFlight - 1)),
  '/memory': (_call, reply) => text(reply, String(process.memoryUsage.rss())),
  '/die': () => die(),
  '/die-once': (_call, reply) => (isFirst('died') ? die() : text(reply, 'second')),
  '/die-after-head-once': (call, reply) => {
    reply.head(200, '', '', false);
    reply.piece(Buffer.from('begun'));
    call.onAbort = null;
    setTimeout(die, 50);
  },
  '/exit': () => process.exit(3),
  '/loop': () => {
    for (;;);
  },
  '/stream': (call, reply, query) => {
    reply.head(200, '', '', false);
    stream(call, reply, Number(query.get('total')), Number(query.get('size')), () => reply.end());
  },
  '/endless': (call, reply) => {
    reply.head(200, '', '', false);
    stream(call, reply, Infinity, 65536, () => reply.end());
  },
  '/fail': (call, reply) => {
    reply.head(200, '', '', false);
    stream(call, reply, 10, 10, () => reply.fail('the source broke'));
  },
  '/fail-at-once': (_call, reply) => {
    reply.head(200, '', '', false);
    reply.fail('nothing came');
  },
  '/empty-stream': (_call, reply) => {
    reply.head(200, '', '', false);
    reply.end();
  },
  '/one-piece-and-wait': (call, reply) => {
    reply.head(200, '', '', false);
    reply.piece(Buffer.from('one'));
    call.onAbort = () => {
      aborted++;
    };
  },
  '/read': (call, reply) => {
    readBody(call, (bytes, sum, failure) => text(reply, failure === null ? `${bytes} ${sum}` : `failed: ${failure}`));
  },
  '/read-slowly': (call, reply) => {
    const body = call.body;
    let bytes = 0;
    body?.start({
      chunk: (chunk) => {
        bytes += chunk.length;
        setTimeout(() => body.taken(chunk.length), 1);
      },
      end: () => text(reply, String(bytes)),
      fail: (message) => text(reply, `failed: ${message}`),
    });
  },
  '/read-nothing': (_call, reply) => text(reply, 'did not read'),
  '/start-and-stop': (call, reply) => {
    call.body?.start({
      chunk: () => {
        call.body?.cancel();
        setTimeout(() => text(reply, 'stopped'), 20);
      },
      end: () => {},
      fail: () => {},
    });
  },
  '/hold-body': (call) => {
    call.body?.start({ chunk: () => {}, end: () => {}, fail: () => {} });
  },
  '/reply-then-read': (call, reply) => {
    call.body?.start({
      chunk: (chunk) => call.body?.taken(chunk.length),
      end: () => channel.control.tell('read', 'to the end'),
      fail: (message) => channel.control.tell('read', message),
    });
    text(reply, 'early');
  },
  '/echo': (call, reply) => {
    const body = call.body;
    if (body === null || body.complete !== null) {
      reply.whole(200, '', '', body?.complete ?? null, false);
      return;
    }
    reply.head(200, '', '', false);
    let held = 0;
    reply.onCredit = () => {
      const taken = held;
      held = 0;
      body.taken(taken);
    };
    body.start({
      chunk: (chunk) => {
        if (reply.piece(chunk)) body.taken(chunk.length);
        else held += chunk.length;
      },
      end: () => reply.end(),
      fail: (message) => reply.fail(message),
    });
  },
  '/want-sent': (call, reply, query) => {
    call.onSent = () => channel.control.tell('sent', query.get('id'));
    call.onAbort = () => channel.control.tell('aborted', query.get('id'));
    if (query.has('stream')) {
      reply.head(200, '', '', true);
      stream(call, reply, 100_000, 1000, () => reply.end());
      call.onAbort = () => channel.control.tell('aborted', query.get('id'));
    } else {
      reply.whole(200, '', '', 'sent?', true);
    }
  },
  '/ask': (_call, reply, query) => {
    channel.control
      .ask(query.get('topic') ?? '', { question: query.get('q') })
      .then((answer) => text(reply, JSON.stringify(answer)))
      .catch((error: Error) => text(reply, `error: ${error.message}`));
  },
  '/print': (_call, reply, query) => {
    process.stdout.write(`${query.get('text')}\n`);
    process.stderr.write(`E ${query.get('text')}\n`);
    text(reply, 'printed');
  },
  '/flood': (_call, reply) => {
    const line = `${'x'.repeat(1000)}\n`;
    for (let count = 1; count < 50_000; count++) process.stdout.write(line);
    process.stdout.write(line, () => text(reply, 'flooded'));
  },
  '/rubbish': (_call, _reply, query) => {
    writeSync(4, Buffer.from(query.get('hex') ?? '', 'hex'));
  },
};

channel.onDispatch((call, reply) => {
  const url = new URL(call.url);
  const action = actions[url.pathname];
  if (action === undefined) text(reply, 'no such action', 404);
  else action(call, reply, url.searchParams);
});

channel.control.onAsk('init', (value) => {
  init = value as Init;
  switch (init.atStart) {
    case 'exit':
      process.stderr.write('line one\nthe database is not there\n');
      process.exit(7);
      break;
    case 'refuse':
      throw new Error('register() failed');
    case 'fatal':
      channel.control.tell('fatal', { text: 'instrumentation.ts threw' });
      setTimeout(() => process.exit(1), 20);
      return new Promise(() => {});
    case 'hang':
      return new Promise(() => {});
    default:
  }
  return {};
});
channel.control.onAsk('drain', async () => {
  await channel.whenIdle();
  return {};
});
channel.control.onAsk('double', (value) => ({ doubled: (value as { n: number }).n * 2 }));
channel.control.onAsk('throw', () => {
  throw new Error('not today');
});
channel.control.onAsk('exit', () => process.exit(4));
channel.control.onTell('remember', (value) => {
  init = { ...init, version: String(value) };
});

