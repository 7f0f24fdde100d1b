/**
 * Gives our classes the outward shape of Web IDL interfaces: members of the prototype are enumerable, the class has the
 * interface's name and `Object.prototype.toString` says it.
 */

/** What `util.inspect` looks for. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** What `util.inspect` passes to a custom inspection function as options. */
export interface InspectOptions {
  depth?: number | null;
  colors?: boolean;
}

/** `util.inspect`, as it is passed to a custom inspection function. */
export type Inspect = (value: unknown, options: InspectOptions) => string;

/** What `console.log` shows: the interface's name and what `properties` gives. */
export function inspectAs(name: string, properties: object, options: InspectOptions, inspect: Inspect): string {
  const depth = options.depth === null ? 2 : (options.depth ?? 2);
  return `${name} ${inspect(properties, { ...options, depth })}`;
}

/** Makes a class look like the Web IDL interface `name`, whose constructor has `length` required arguments. */
export function shapeAsInterface(target: { readonly prototype: object }, name: string, length: number): void {
  Object.defineProperty(target, 'name', { value: name, configurable: true });
  Object.defineProperty(target, 'length', { value: length, configurable: true });
  const prototype = target.prototype;
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (key !== 'constructor') {
      Object.defineProperty(prototype, key, { ...descriptor, enumerable: true });
    }
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}
