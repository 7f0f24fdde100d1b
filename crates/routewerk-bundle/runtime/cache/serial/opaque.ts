/**
 * What a `'use cache'` function gets in the place of an argument that cannot be written. It can be passed on and returned; whatever else
 * is asked of it is an error in Next.js's words.
 */

/** What marks such a value. */
export const OPAQUE: unique symbol = Symbol.for('react.temporary.reference') as never;

const NOTHING_TO_SEE = new Set<PropertyKey>(['name', 'displayName', 'defaultProps', '_debugInfo', 'toJSON', 'then', Symbol.toPrimitive, Symbol.toStringTag]);

/** Such a value. */
export function opaque(): unknown {
  function call(): never {
    throw new Error(
      "Attempted to call a temporary Client Reference from the server but it is on the client. It's not possible to invoke a client function " +
        'from the server, it can only be rendered as a Component or passed to props of a Client Component.',
    );
  }
  return new Proxy(Object.defineProperty(call, '$$typeof', { value: OPAQUE }), {
    get(target, name, receiver): unknown {
      if (name === '$$typeof') {
        return Reflect.get(target, name);
      }
      if (name === 'Provider') {
        return receiver;
      }
      if (NOTHING_TO_SEE.has(name)) {
        return undefined;
      }
      throw new Error(
        `Cannot access ${String(name)} on the server. You cannot dot into a temporary client reference from a server component. ` +
          'You can only pass the value through to the client.',
      );
    },
    set(): never {
      throw new Error('Cannot assign to a temporary client reference from a server module.');
    },
  });
}
