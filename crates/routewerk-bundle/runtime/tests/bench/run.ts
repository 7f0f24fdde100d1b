/**
 * What a call costs on the JavaScript thread, from the call's head to its reply's text, without the channel.
 *
 * `npm run bench` prints two numbers, medians of rounds of 10,000 calls after warming up: µs per call from a batch's first call to
 * its last reply, and CPU µs per call of the whole process, turns of the event loop and garbage collection included
 * (the one to look at on a machine that others use too). Calls run in batches of 64, one batch per turn.
 */
import { Dispatcher } from '../../handler/dispatch.ts';
import { setHost } from '../../handler/host.ts';
import type { RouteInfo, RouteModule } from '../../handler/ports.ts';
import { cookies, headers } from '../../next/headers.ts';
import type { NextRequest } from '../../next/request.ts';
import { NextResponse } from '../../next/response.ts';
import { METHODS } from '../../web/request.ts';
import { installWebClasses } from '../../web/install.ts';
import type { Call, CallBody, Reply } from '../../channel/types.ts';

installWebClasses();

const BATCH = 64;
const ROUND = 10_000;
const ROUNDS = 25;
const WARM_UP = 8;

const FIELDS = [
  ...['host', 'localhost:3000', 'user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
  ...['accept', '*/*', 'accept-encoding', 'gzip, deflate, br', 'x-request-id', 'f3a1b2c3', 'cookie', 'a=1; session=abc'],
  ...['x-forwarded-host', 'localhost:3000', 'x-forwarded-port', '3000', 'x-forwarded-proto', 'http'],
  ...['x-forwarded-for', '127.0.0.1', 'content-type', 'application/json'],
];

/** A call whose texts are sliced from one text, as the channel's are. */
class SlicedCall implements Call {
  readonly route = 0;
  readonly method: number;
  readonly generation = 0;
  readonly sequence = 0;
  readonly body: CallBody | null;
  isAborted = false;
  onAbort: (() => void) | null = null;
  onSent: (() => void) | null = null;
  #head: string;
  #urlEnd: number;
  #paramsEnd: number;

  constructor(method: number, head: Buffer, urlEnd: number, paramsEnd: number, body: CallBody | null) {
    this.method = method;
    this.#head = head.toString('latin1');
    this.#urlEnd = urlEnd;
    this.#paramsEnd = paramsEnd;
    this.body = body;
  }

  get url(): string {
    return this.#head.slice(0, this.#urlEnd);
  }

  get params(): string {
    return this.#head.slice(this.#urlEnd, this.#paramsEnd);
  }

  get headers(): string {
    return this.#head.slice(this.#paramsEnd);
  }
}

/** Writes replies into a buffer, as the channel does, and counts them. */
class WrittenReply implements Reply {
  static buffer = Buffer.alloc(64 * 1024);
  static count = 0;
  facts: string | null = null;
  onCredit: (() => void) | null = null;

  whole(_status: number, _reason: string, fields: string, body: string | Uint8Array | null): void {
    const buffer = WrittenReply.buffer;
    const end = buffer.write(fields, 0, 'latin1');
    if (typeof body === 'string') {
      buffer.write(body, end, 'utf8');
    }
    WrittenReply.count += 1;
  }

  head(): void {}
  piece(): boolean {
    return true;
  }
  end(): void {
    WrittenReply.count += 1;
  }
  fail(message: string): void {
    throw new Error(message);
  }
}

interface Case {
  readonly name: string;
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly params?: string;
  readonly body?: string;
  readonly scope?: boolean;
  readonly module: RouteModule;
}

const CASES: Case[] = [
  { name: 'hello, sync', method: 'GET', path: '/hello', module: { GET: () => Response.json({ hello: 'world' }) } },
  { name: 'hello', method: 'GET', path: '/hello', module: { GET: async () => Response.json({ hello: 'world' }) } },
  { name: 'text', method: 'GET', path: '/text', module: { GET: async () => new Response('hello', { headers: { 'content-type': 'text/plain' } }) } },
  {
    name: 'items',
    method: 'GET',
    path: '/items/42?q=abc&n=10',
    params: '42',
    module: {
      async GET(request: NextRequest, context: { params: Promise<{ id: string }> }): Promise<Response> {
        const { id } = await context.params;
        const q = request.nextUrl.searchParams.get('q');
        return NextResponse.json({ id, q, trace: request.headers.get('x-request-id') }, { headers: { 'x-id': id } });
      },
    },
  },
  {
    name: 'echo',
    method: 'POST',
    path: '/echo',
    body: JSON.stringify({ a: 1, b: 'two', c: [1, 2, 3], d: { e: true } }),
    module: {
      async POST(request: NextRequest): Promise<Response> {
        return Response.json(await request.json(), { status: 201 });
      },
    },
  },
  {
    name: 'cookies',
    method: 'GET',
    path: '/cookies',
    scope: true,
    module: {
      async GET(): Promise<Response> {
        const store = await cookies();
        const session = store.get('session')?.value;
        const agent = (await headers()).get('user-agent');
        store.set('seen', '1', { httpOnly: true });
        return Response.json({ session, agent });
      },
    },
  },
];

class WholeBody implements CallBody {
  readonly complete: Uint8Array;
  constructor(complete: Uint8Array) {
    this.complete = complete;
  }
  start(): void {}
  taken(): void {}
  cancel(): void {}
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function measure(given: Case): Promise<[wall: number, cpu: number]> {
  const info: RouteInfo = {
    pattern: '/x',
    file: 'app/x/route.ts',
    params: given.params === undefined ? [] : [{ name: 'id', kind: 'single' }],
    scope: given.scope ?? false,
  };
  const dispatcher = new Dispatcher([info], { loadedRoute: () => given.module, loadRoute: async () => ({ module: given.module }) });
  const url = `http://localhost:3000${given.path}`;
  const params = given.params ?? '';
  const head = Buffer.from(url + params + FIELDS.map((text) => `${text}\n`).join(''), 'latin1');
  const method = METHODS.indexOf(given.method);
  const bytes = given.body === undefined ? null : Buffer.from(given.body);
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let spent = 0n;
    const before = process.cpuUsage();
    for (let done = 0; done < ROUND; done += BATCH) {
      const wanted = WrittenReply.count + BATCH;
      const begin = process.hrtime.bigint();
      for (let index = 0; index < BATCH; index += 1) {
        const body = bytes === null ? null : new WholeBody(Uint8Array.prototype.slice.call(bytes));
        const call = new SlicedCall(method, head, url.length, url.length + params.length, body);
        dispatcher.dispatch(call, new WrittenReply());
      }
      // The microtasks of the batch run before this continues.
      await null;
      await null;
      await null;
      await null;
      await null;
      await null;
      spent += process.hrtime.bigint() - begin;
      while (WrittenReply.count < wanted) {
        await turn();
      }
      await turn();
    }
    const { user, system } = process.cpuUsage(before);
    walls.push(Number(spent) / ROUND / 1000);
    cpus.push((user + system) / ROUND);
  }
  return [median(walls.slice(WARM_UP)), median(cpus.slice(WARM_UP))];
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

setHost({
  settings: { mode: 'production', origin: 'http://localhost:3000', draftModeId: null, authInterrupts: false },
  log: (level, text) => console.error(level, text),
  mapStack: (stack) => stack,
  ask: (topic) => Promise.reject(new Error(`nobody answers ${topic}`)),
});

const wanted = process.argv.slice(2);
console.log(`node ${process.version}: µs per call, CPU µs per call (medians of rounds of ${ROUND})`);
for (const given of CASES) {
  if (wanted.length === 0 || wanted.some((name) => given.name.startsWith(name))) {
    const [wall, cpu] = await measure(given);
    console.log(given.name.padEnd(14), wall.toFixed(2), ' ', cpu.toFixed(2));
  }
}
