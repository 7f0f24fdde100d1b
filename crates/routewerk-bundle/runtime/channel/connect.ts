/**
 * Joins this process to the front that started it.
 *
 * The front says how in `ROUTEWERK_CHANNEL`, which is taken out of the environment before user code can see it or hand
 * it to a process of its own:
 *
 * - `fd <data sockets>`: descriptor 3 is the control socket, descriptors 4 and up are the data sockets (Node.js);
 * - `unix <data sockets> <token> <path>`: each socket is a connection to the private socket file `path` and begins with
 *   a HELLO frame that carries the token and says which socket it is (Bun and Deno, which cannot open inherited descriptors
 *   or not in all versions).
 *
 * The process ends when the control socket does: then the front is gone or has no more use for it.
 */

import { Socket, connect as connectSocket } from 'node:net';
import type { SocketConstructorOpts } from 'node:net';

import { allocateFrames } from './buffers.ts';
import { ControlSocket } from './control-socket.ts';
import { DataSocket } from './data-socket.ts';
import type { Calls } from './data-socket.ts';
import { HEADER_BYTES, HELLO } from './frames.ts';
import { Incoming } from './incoming.ts';
import type { FrameHandler } from './incoming.ts';
import { writeHeader } from './outgoing.ts';
import type { Channel, Control, Dispatch } from './types.ts';

/** The variable by which the front says where the sockets are. */
const VARIABLE = 'ROUTEWERK_CHANNEL';

/** The descriptor of the control socket; the data sockets follow. */
const CONTROL_FD = 3;

/** Opens the socket of an index (0 is the control socket), which reads into `incoming`. */
type Open = (index: number, incoming: Incoming, read: (bytes: number) => void) => Socket;

/**
 * Joins this process to its front. To be called once, before user code is loaded.
 *
 * Throws an `Error` when the process was not started by a front.
 */
export function connect(): Channel {
  const { count, open } = address(process.env[VARIABLE]);
  delete process.env[VARIABLE];

  const channel = new WorkerChannel(open);
  for (let index = 1; index <= count; index++) channel.addDataSocket(open, index);
  const versions = process.versions;
  const runtime = versions['bun'] === undefined ? (versions['deno'] === undefined ? 'node' : 'deno') : 'bun';
  channel.control.tell('started', { runtime, version: versions[runtime], pid: process.pid });
  return channel;
}

/** Where the sockets are, from the variable's value. */
function address(value: string | undefined): { count: number; open: Open } {
  const [way, count, token, ...path] = value?.split(' ') ?? [];
  const sockets = Number(count);
  if (Number.isInteger(sockets) && sockets >= 0) {
    if (way === 'fd') return { count: sockets, open: openDescriptor };
    if (way === 'unix' && token !== undefined && path.length > 0) {
      return { count: sockets, open: opener(path.join(' '), token) };
    }
  }
  throw new Error(`this script is run by \`routewerk\`, which sets ${VARIABLE}; found ${JSON.stringify(value)}`);
}

function openDescriptor(index: number, incoming: Incoming, read: (bytes: number) => void): Socket {
  // `onread` is documented for connections but honoured for descriptors as well (net.js, initSocketHandle).
  const options: SocketConstructorOpts & { onread: unknown } = {
    fd: CONTROL_FD + index,
    readable: true,
    writable: true,
    onread: onread(incoming, read),
  };
  return new Socket(options);
}

function opener(path: string, token: string): Open {
  return (index, incoming, read) => {
    const socket = connectSocket({ path, onread: onread(incoming, read) });
    const hello = allocateFrames(HEADER_BYTES + token.length);
    writeHeader(hello, 0, token.length, HELLO, 0, 0, index);
    hello.latin1Write(token, HEADER_BYTES, token.length);
    socket.write(hello);
    return socket;
  };
}

/** The socket option by which it reads into a buffer of ours, again and again. */
function onread(incoming: Incoming, read: (bytes: number) => void): OnRead {
  return {
    buffer: incoming.space as () => Buffer,
    callback: (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        // The front's frames and ours no longer mean the same: whatever came next would be wrong as well.
        process.stderr.write(`routewerk: the channel broke: ${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(70);
      }
      return true;
    },
  };
}

interface OnRead {
  buffer: () => Buffer;
  callback: (bytes: number) => boolean;
}

/** The worker's end of the channel. */
class WorkerChannel implements Channel {
  readonly control: Control;
  readonly #calls: Calls;
  #waiting: (() => void)[] = [];

  constructor(open: Open) {
    this.#calls = {
      dispatch: () => {
        throw new Error('a call came before the handler half was named');
      },
      inFlight: 0,
      onIdle: () => this.#release(),
    };
    const handle: FrameHandler = (...frame) => control.handle(...frame);
    const incoming = new Incoming(handle);
    const socket = open(0, incoming, (bytes) => incoming.read(bytes));
    const control = new ControlSocket(socket);
    this.control = control;
    control.onAsk('ping', () => ({}));
    // Whatever ends the control socket ends this process; 'close' follows an error as well.
    socket.on('error', () => process.exit(0));
    socket.on('close', () => process.exit(0));
    socket.on('end', () => process.exit(0));
  }

  /** Opens a data socket. */
  addDataSocket(open: Open, index: number): void {
    const handle: FrameHandler = (kind, flags, aux, number, buffer, start, end) =>
      data.handle(kind, flags, aux, number, buffer, start, end);
    const incoming = new Incoming(handle);
    const socket = open(index, incoming, (bytes) => data.read(bytes));
    const data = new DataSocket(this.#calls, socket, incoming);
    // The front ends this socket only together with the control socket; a failed write is the same news.
    socket.on('error', () => process.exit(0));
  }

  onDispatch(dispatch: Dispatch): void {
    this.#calls.dispatch = dispatch;
  }

  get callsInFlight(): number {
    return this.#calls.inFlight;
  }

  whenIdle(): Promise<void> {
    if (this.#calls.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
