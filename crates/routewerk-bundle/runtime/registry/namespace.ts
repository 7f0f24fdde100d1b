/**
 * Module namespaces as objects with getters: what `import * as x` sees, and what every read of an import goes through.
 *
 * A namespace exists from the moment its module is linked, so that cycles can hold it, and gets its names as they are
 * known. The names of a CommonJS or external module are those of the object that it exports, found when it has run; the
 * getters read that object each time, so later assignments show.
 */

/** A namespace; also what a getter-only view of `module.exports` is. */
export type Namespace = Record<string, unknown>;

/** Prototypes whose members are nobody's exports. */
const LEAF_PROTOTYPES: readonly unknown[] = [null, Object.prototype, Array.prototype, Function.prototype];

/** A namespace without names. */
export function createNamespace(): Namespace {
  const namespace = Object.create(null) as Namespace;
  Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module' });
  return namespace;
}

/** Adds an export, unless the name is taken. */
export function addExport(namespace: Namespace, name: string, get: () => unknown): void {
  if (Object.hasOwn(namespace, name)) return;
  Object.defineProperty(namespace, name, { enumerable: true, get });
}

/** Adds the names that `exports()` has now; values are read when they are asked for. */
export function addExportsOf(namespace: Namespace, exports: () => unknown): void {
  const value = exports();
  for (const name of namesOf(value)) {
    if (name !== 'default') addExport(namespace, name, () => (exports() as Namespace)[name]);
  }
  addExport(namespace, 'default', () => defaultOf(exports()));
}

/**
 * The default import of a CommonJS module: `exports.default` where a compiler made the module from an ES module that has
 * one, else all that it exports.
 */
function defaultOf(value: unknown): unknown {
  if (isObject(value) && value['__esModule'] && 'default' in value) return value['default'];
  return value;
}

/** The names of an object's members, its prototypes' among them: a class instance may be what is exported. */
function namesOf(value: unknown): Set<string> {
  const names = new Set<string>();
  for (let object = value; isObject(object) && !LEAF_PROTOTYPES.includes(object); ) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name);
    object = Object.getPrototypeOf(object) as unknown;
  }
  return names;
}

function isObject(value: unknown): value is Namespace {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What `require()` of an ES module gives: its names, and `__esModule` for the code that compilers make. */
export function requireView(namespace: Namespace): unknown {
  // The way of Node.js for an ES module to say what `require` gives.
  if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
  const view = createNamespace();
  Object.defineProperty(view, '__esModule', { value: true });
  for (const name of Object.keys(namespace)) addExport(view, name, () => namespace[name]);
  return view;
}
