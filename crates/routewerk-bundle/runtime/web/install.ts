/**
 * Puts our web classes in the place of the platform's globals. Called once, before any user code runs.
 *
 * Where the platform looks for its own objects inside its own functions (`WebAssembly.compileStreaming`,
 * `structuredClone`), ours are handed over in its form or refused as its are.
 */
import { lightFetch } from './fetch.ts';
import { LightHeaders, isLight } from './headers.ts';
import { native } from './native.ts';
import { LightRequest, isLightRequest } from './request.ts';
import { LightResponse, isLightResponse } from './response.ts';

/** Replaces the globals of this process. */
export function installWebClasses(): void {
  replaceGlobal('Headers', LightHeaders, false);
  replaceGlobal('Request', LightRequest, false);
  replaceGlobal('Response', LightResponse, false);
  replaceGlobal('fetch', lightFetch, true);
  acceptInWebAssembly();
  refuseToClone();
}

function replaceGlobal(name: string, value: unknown, isEnumerable: boolean): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: isEnumerable });
}

/** Whether a value is a request, a response or headers of ours. */
function isOurs(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (isLight(value) || isLightRequest(value) || isLightResponse(value));
}

type Streaming = (source: unknown, ...rest: unknown[]) => unknown;

function acceptInWebAssembly(): void {
  const assembly = (globalThis as unknown as { WebAssembly?: Record<string, Streaming | undefined> }).WebAssembly;
  for (const name of ['compileStreaming', 'instantiateStreaming']) {
    const platform = assembly?.[name];
    if (assembly === undefined || platform === undefined) {
      continue;
    }
    const accepting = (source: unknown, ...rest: unknown[]): unknown =>
      platform.call(assembly, Promise.resolve(source).then(toNativeResponse), ...rest);
    Object.defineProperty(accepting, 'name', { value: name, configurable: true });
    assembly[name] = accepting;
  }
}

function toNativeResponse(source: unknown): unknown {
  if (typeof source !== 'object' || source === null || !isLightResponse(source)) {
    return source;
  }
  const { body, status, statusText, headers } = source;
  return new (native().Response)(body, { status, statusText, headers });
}

/** Node.js 22.10 and later refuse to clone these objects; earlier ones make an empty object of them, as ours become. */
function refuseToClone(): void {
  const platform = globalThis.structuredClone;
  if (typeof platform !== 'function' || !isRefusedByPlatform()) {
    return;
  }
  const refusing = (value: unknown, ...rest: unknown[]): unknown => {
    if (isOurs(value)) {
      throw new DOMException('Cannot clone object of unsupported type.', 'DataCloneError');
    }
    return Reflect.apply(platform, globalThis, [value, ...rest]);
  };
  Object.defineProperty(refusing, 'name', { value: 'structuredClone', configurable: true });
  Object.defineProperty(globalThis, 'structuredClone', { value: refusing, writable: true, configurable: true, enumerable: true });
}

function isRefusedByPlatform(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 10);
}
