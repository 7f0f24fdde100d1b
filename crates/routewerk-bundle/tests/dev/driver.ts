/**
 * A worker without a server: one JSON message per line, commands in and answers out on standard input and output, and
 * the registry's questions in between.
 */

import { createInterface } from 'node:readline';

import { installImportHook, installRequireHook } from './loader/hooks.ts';
import { createProductionLoader } from './loader/loader.ts';
import { createStackMapper } from './loader/stacks.ts';
import { ModuleCompileError } from './registry/compile-error.ts';
import { Registry } from './registry/registry.ts';
import { installStackTraces } from './registry/stack-traces.ts';
import { isRegistryThread } from './registry/threads.ts';
import type { ModulesChanged } from './registry/wire.ts';

interface Message {
  readonly number: number;
  readonly answer?: unknown;
  readonly fail?: string;
  readonly run?: string;
  readonly changed?: ModulesChanged;
}

const served = {
  'next/server': { NextResponse: class NextResponse extends Response {}, after: () => 'after' },
  'next/headers': { cookies: () => 'cookies' },
};
Object.assign(globalThis, { [Symbol.for('routewerk.runtime')]: { modules: served } });

const questions = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let lastQuestion = 0;

function say(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const registry = new Registry({
  ask: (topic, value) =>
    new Promise((resolve, reject) => {
      lastQuestion += 1;
      questions.set(lastQuestion, { resolve, reject });
      say({ ask: lastQuestion, topic, value });
    }),
  served: () => served,
  beforeNativeImport: () => installImportHook(served),
});

/** What the code of a test's command sees. */
const scope = {
  registry,
  load: async (entry: string) => (await registry.load(entry)).exports,
  mapStack: createStackMapper({
    root: process.cwd(),
    original: null,
    runtimeFile: process.argv[1] as string,
    showsCode: true,
  }),
  /** A production loader of a folder with one entry. */
  production: (build: string, entry: string) =>
    createProductionLoader({
      root: process.cwd(),
      build,
      routes: () => [{ file: 'app/route.ts', entry }],
      served,
      runtimeFile: process.argv[1] as string,
      externalsImportServed: true,
    }),
};

async function run(number: number, code: string): Promise<void> {
  try {
    const AsyncFunction = (async () => undefined).constructor as new (
      ...parameters: string[]
    ) => (...values: unknown[]) => Promise<unknown>;
    const value = await new AsyncFunction(...Object.keys(scope), code)(...Object.values(scope));
    say({ number, value: value ?? null });
  } catch (error) {
    const isError = error instanceof Error;
    say({
      number,
      error: isError ? error.message : String(error),
      stack: isError ? error.stack : null,
      complaints: error instanceof ModuleCompileError ? error.complaints : null,
    });
  }
}

function main(): void {
  installRequireHook(served, registry);
  installStackTraces((path) => registry.mappingsOf(path));
  createInterface({ input: process.stdin }).on('line', take);
}

function take(line: string): void {
  const message = JSON.parse(line) as Message;
  if (message.run !== undefined) {
    void run(message.number, message.run);
  } else if (message.changed !== undefined) {
    registry.changed(message.changed);
    say({ number: message.number, value: null });
  } else {
    const question = questions.get(message.number);
    questions.delete(message.number);
    if (message.fail === undefined) question?.resolve(message.answer);
    else question?.reject(new Error(message.fail));
  }
}

if (!isRegistryThread()) main();
