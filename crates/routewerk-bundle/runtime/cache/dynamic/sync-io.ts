/**
 * With `cacheComponents` a handler that asks for the time or for chance is dynamic: what it got is not what the next one would get.
 *
 * The functions that give these are replaced once, before user code can take hold of them, and only in projects with
 * `cacheComponents`. Outside of generations they cost a look at a number.
 */
import { syncBuiltinESMExports } from 'node:module';

import { builtin } from '../../builtins.ts';
import { currentScope } from '../../handler/scope.ts';
import { cachedContext } from '../context.ts';

/** How many generations are under way. */
let generations = 0;

/** Runs a generation, in which the time and chance are looked for. */
export async function watchingIo<T>(run: () => Promise<T>): Promise<T> {
  generations += 1;
  try {
    return await run();
  } finally {
    generations -= 1;
  }
}

function used(expression: string): void {
  if (generations === 0 || cachedContext() !== undefined) {
    return;
  }
  const work = currentScope()?.work;
  if (work !== null && work !== undefined && work.trial !== null) {
    work.noteDynamic(expression);
  }
}

type Callable = (...args: unknown[]) => unknown;

const OF_CRYPTO = ['randomBytes', 'randomFillSync', 'randomInt', 'randomUUID', 'generateKeyPairSync', 'generateKeySync', 'generatePrimeSync'];

/** Replaces them. To be called once. */
export function watchSyncIo(): void {
  replace(Math, 'random', 'Math.random()');
  for (const name of OF_CRYPTO) {
    replace(builtin('node:crypto'), name, `require('node:crypto').${name}(size)`);
  }
  const web = Object.getPrototypeOf(globalThis.crypto) as object;
  replace(web, 'getRandomValues', 'crypto.getRandomValues()');
  replace(web, 'randomUUID', 'crypto.randomUUID()');
  replaceDate();
  syncBuiltinESMExports();
}

function replace(owner: object, name: string, expression: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const own: unknown = descriptor?.value;
  if (descriptor === undefined || typeof own !== 'function') {
    return;
  }
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    // With a callback it is asynchronous, and no answer of its own time.
    if (typeof args.at(-1) !== 'function') {
      used(expression);
    }
    return Reflect.apply(own as Callable, this, args);
  };
  Object.defineProperty(watched, 'name', { value: name, configurable: true });
  Object.defineProperty(watched, 'length', { value: own.length, configurable: true });
  Object.defineProperty(owner, name, { ...descriptor, value: watched });
}

function replaceDate(): void {
  const Own = Date;
  replace(Own, 'now', 'Date.now()');
  const watched = new Proxy(Own, {
    apply(target): string {
      used('Date()');
      return target();
    },
    construct(target, args: unknown[], made): object {
      if (args.length === 0) {
        used('new Date()');
      }
      return Reflect.construct(target, args, made === watched ? target : made) as object;
    },
  });
  Object.defineProperty(Own.prototype, 'constructor', { value: watched, writable: true, configurable: true });
  Object.defineProperty(globalThis, 'Date', { value: watched, writable: true, configurable: true });
}
