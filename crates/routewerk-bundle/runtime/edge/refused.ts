/**
 * What stands for a module of Node.js that is not there at the edge and was imported by its plain name (`fs`): code that only
 * imports it runs, and whoever takes something from it gets Next.js's error.
 */

/** What the specifier of such a module begins with (`REFUSED_PREFIX` of `src/edge.rs`). */
export const REFUSED_PREFIX = 'edge-refused:';

/** The stand-in for the module of this name, as `module.exports`. */
export function refusedModule(name: string): object {
  const refuse = (): never => {
    throw new Error(
      `The edge runtime does not support Node.js '${name}' module.\nLearn More: https://nextjs.org/docs/messages/node-module-in-edge-runtime`,
    );
  };
  // Whoever asks in order to import it (`then`, `__esModule`, symbols) is told nothing.
  const isQuestion = (key: string | symbol): boolean => typeof key === 'symbol' || key === 'then' || key === '__esModule';
  // No arrow function: it may be called with `new`.
  function target(): void {}
  Object.defineProperty(target, 'name', { value: '' });
  const refusing = new Proxy(target, {
    get: (_target, key) => (isQuestion(key) ? undefined : refuse()),
    apply: refuse,
    construct: refuse,
  });
  // The prototype answers for every name that an importer may copy or read.
  return Object.create(refusing, { default: { value: refusing } }) as object;
}
