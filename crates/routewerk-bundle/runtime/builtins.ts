/**
 * Modules of Node.js that most workers never need: each is loaded when it is first used, because some of them take a megabyte
 * and milliseconds (`node:crypto` on Node.js 20). What every worker needs is imported as usual.
 */

import { createRequire } from 'node:module';
import type * as Crypto from 'node:crypto';
import type * as V8 from 'node:v8';
import type * as Vm from 'node:vm';

interface Builtins {
  'node:crypto': typeof Crypto;
  'node:v8': typeof V8;
  'node:vm': typeof Vm;
}

const load = createRequire('/');

/** A module of Node.js. Node.js keeps it, so asking again is a look-up. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  return load(name) as Builtins[Name];
}
