/**
 * The functions that compiled code calls as `babelHelpers.…`: legacy decorators, and `using` on a Node.js that lacks it.
 * They keep the contracts of TypeScript's and Babel's helpers of the same names.
 */

type Decorator = (...parameters: unknown[]) => unknown;

/** Applies legacy decorators to a class (two parameters) or to a member, the last one first. */
function decorate(decorators: readonly Decorator[], target: object, key?: PropertyKey, descriptor?: unknown): unknown {
  const isClass = key === undefined;
  let value: unknown = isClass
    ? target
    : descriptor === null
      ? Object.getOwnPropertyDescriptor(target, key)
      : descriptor;
  for (const decorator of [...decorators].reverse()) {
    value = (isClass ? decorator(value) : decorator(target, key, value)) || value;
  }
  if (!isClass && value !== undefined) Object.defineProperty(target, key, value as PropertyDescriptor);
  return value;
}

/** Makes a parameter decorator a member's decorator. */
function decorateParam(index: number, decorator: Decorator): Decorator {
  return (target, key) => decorator(target, key, index);
}

/** What `emitDecoratorMetadata` asks for; does something only where a library has defined `Reflect.metadata`. */
function decorateMetadata(key: string, value: unknown): unknown {
  const metadata = (Reflect as { metadata?: (key: string, value: unknown) => unknown }).metadata;
  return typeof metadata === 'function' ? metadata(key, value) : undefined;
}

interface Resource {
  readonly value: unknown;
  readonly dispose: (() => unknown) | null;
  readonly isAsync: boolean;
}

/** No error so far: `undefined` may be thrown. */
const NOTHING: unique symbol = Symbol('nothing');

/** The scope of `using` declarations. */
interface UsingScope {
  /** The error that ended the block. */
  e: unknown;
  /** `using`. */
  u(value: unknown): unknown;
  /** `await using`. */
  a(value: unknown): unknown;
  /** Disposes of everything, the last one first, and throws what is to be thrown. */
  d(): unknown;
}

function usingCtx(): UsingScope {
  const resources: Resource[] = [];
  const add = (value: unknown, isAsync: boolean): unknown => {
    if (value !== null && value !== undefined) resources.push({ value, dispose: disposerOf(value, isAsync), isAsync });
    else if (isAsync) resources.push({ value, dispose: null, isAsync });
    return value;
  };
  const scope: UsingScope = {
    e: NOTHING,
    u: (value) => add(value, false),
    a: (value) => add(value, true),
    d: () => disposeAll(resources, scope),
  };
  return scope;
}

function disposeAll(resources: Resource[], scope: UsingScope): unknown {
  const fail = (error: unknown): void => {
    scope.e = scope.e === NOTHING ? error : suppressed(error, scope.e);
  };
  for (let resource = resources.pop(); resource !== undefined; resource = resources.pop()) {
    try {
      const result = resource.dispose?.call(resource.value);
      if (resource.isAsync) {
        return Promise.resolve(result).then(undefined, fail).then(() => disposeAll(resources, scope));
      }
    } catch (error) {
      fail(error);
    }
  }
  if (scope.e !== NOTHING) throw scope.e;
  return undefined;
}

function disposerOf(value: unknown, isAsync: boolean): () => unknown {
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError('using declarations can only be used with objects, functions, null, or undefined.');
  }
  const symbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
  const dispose = symbols.dispose ?? Symbol.for('Symbol.dispose');
  const asyncDispose = symbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
  const members = value as Record<symbol, unknown>;
  const found = isAsync ? (members[asyncDispose] ?? members[dispose]) : members[dispose];
  if (typeof found !== 'function') throw new TypeError('Object is not disposable.');
  return found as () => unknown;
}

function suppressed(error: unknown, before: unknown): unknown {
  const native = (globalThis as { SuppressedError?: new (error: unknown, suppressed: unknown) => Error }).SuppressedError;
  if (native !== undefined) return new native(error, before);
  return Object.assign(new Error('An error was suppressed during disposal.'), {
    name: 'SuppressedError',
    error,
    suppressed: before,
  });
}

/** What compiled code knows as `babelHelpers`. */
export const HELPERS: Readonly<Record<string, unknown>> = Object.freeze({
  decorate,
  decorateParam,
  decorateMetadata,
  usingCtx,
});
