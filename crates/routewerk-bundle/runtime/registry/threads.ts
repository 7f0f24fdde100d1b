/**
 * `new Worker(new URL('./w.ts', import.meta.url))` of node:worker_threads under `routewerk dev`: the thread gets a registry of
 * its own, so its module is compiled like any other, and what a save changes counts for the next thread. The thread's
 * registry asks the front through a port to the one that started it.
 *
 * This file is on both sides: the thread loads the file that it was bundled into, with a mark in its global object.
 */

import { createRequire, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads';

import { hasSyncHooks, installImportHook, installRequireHook } from '../loader/hooks.ts';
import { Registry } from './registry.ts';
import { installStackTraces } from './stack-traces.ts';
import type { Ask } from './wire.ts';

/** Set in the global object of a thread that this file has started. */
const IS_THREAD = Symbol.for('routewerk.thread');
/** Under this name the thread finds what it starts with, beside the user's own data. */
const START = 'routewerk.start';

/** What a thread starts with. */
interface Start {
  /** The path of its module. */
  readonly entry: string;
  readonly port: MessagePort;
  /** The user's `workerData`. */
  readonly data: unknown;
}

interface Question {
  readonly number: number;
  readonly topic: string;
  readonly value: unknown;
}

interface Answer {
  readonly number: number;
  readonly answer?: unknown;
  readonly fail?: string;
}

type WorkerClass = new (file: string | URL, options?: WorkerOptions) => Worker;

function threads(): typeof import('node:worker_threads') {
  return createRequire('/')('node:worker_threads') as typeof import('node:worker_threads');
}

/** Whether this is a thread that was started here: then the rest of the runtime must not run. */
export function isRegistryThread(): boolean {
  return (globalThis as { [IS_THREAD]?: true })[IS_THREAD] === true;
}

/**
 * The class in place of what a module calls `Worker`: that of node:worker_threads starts threads whose module comes from the
 * registry, any other stays what it is.
 */
export function threadClass(callee: unknown, ask: Ask): unknown {
  const { Worker: Native, MessageChannel } = threads();
  if (callee !== Native) return callee;
  const Base: WorkerClass = Native;
  return class Worker extends Base {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const { port1, port2 } = new MessageChannel();
      const start: Start = { entry: fileURLToPath(file), port: port2, data: options.workerData ?? null };
      const mark = `globalThis[Symbol.for(${JSON.stringify(IS_THREAD.description)})] = true;`;
      super(`${mark} require(${JSON.stringify(__filename)});`, {
        ...options,
        eval: true,
        workerData: { [START]: start },
        transferList: [...(options.transferList ?? []), port2],
      });
      answerQuestions(port1, ask);
      this.once('exit', () => port1.close());
    }
  };
}

function answerQuestions(port: MessagePort, ask: Ask): void {
  port.on('message', ({ number, topic, value }: Question) => {
    const say = (answer: Answer): void => port.postMessage(answer);
    ask(topic, value).then(
      (answer) => say({ number, answer }),
      (error: unknown) => say({ number, fail: error instanceof Error ? error.message : String(error) }),
    );
  });
  // The port alone keeps nobody running.
  port.unref();
}

/** Asks through a port, which keeps the thread running only while a question is open. */
function askThrough(port: MessagePort): Ask {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  port.on('message', ({ number, answer, fail }: Answer) => {
    const question = open.get(number);
    open.delete(number);
    if (open.size === 0) port.unref();
    if (fail === undefined) question?.resolve(answer);
    else question?.reject(new Error(fail));
  });
  port.unref();
  return (topic, value) =>
    new Promise((resolve, reject) => {
      last += 1;
      open.set(last, { resolve, reject });
      port.ref();
      port.postMessage({ number: last, topic, value } satisfies Question);
    });
}

/** Runs the module of this thread. */
function runThread(): void {
  const module = threads();
  const { entry, port, data } = (module.workerData as { readonly [START]: Start })[START];
  Object.assign(module, { workerData: data });
  syncBuiltinESMExports();
  // A thread of a build has no `next/*` either: there is no request in it.
  const served = {};
  const registry = new Registry({
    ask: askThrough(port),
    served: () => served,
    beforeNativeImport: () => installImportHook(served),
  });
  installRequireHook(served, registry);
  if (hasSyncHooks()) installImportHook(served);
  installStackTraces((path) => registry.mappingsOf(path));
  registry.load(entry).catch((error: unknown) => {
    // Whoever has started the thread gets it as the event `error`.
    setImmediate(() => {
      throw error;
    });
  });
}

// The classes that it needs are there when all of the file has run.
if (isRegistryThread()) setImmediate(runThread);
