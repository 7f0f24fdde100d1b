/**
 * A module's text, compiled. One definition may be run many times: each run is an `Instance`.
 *
 * The script's name is the module's real path, so that stacks, profiles and breakpoints name the user's file. Nothing
 * here keeps old code from being collected: no `import()` callback is registered with V8 (code that `eval`s `import()`
 * gets Node's own loader), no URL is made up per version, and V8's compilation cache, which keeps what was compiled
 * long after nothing runs it (14 KB per version of an 11 KB module, on Node.js 20 for a `vm.Script`, on 22 to 26 for a
 * compiled function too), is turned off by `keepNoOldCode`.
 */

import inspector from 'node:inspector';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';

import type { ModuleKind, ModuleText, Target } from './wire.ts';

/** The wrapper of `src/dev/wrapper.rs`. */
export type Factory = (this: unknown, ...parameters: unknown[]) => unknown;

/** A module's text and where its imports lead. */
export class Definition {
  readonly id: string;
  /** The file: the id without the query that it may have. */
  readonly path: string;
  readonly kind: ModuleKind;
  readonly imports: readonly Target[];
  readonly stars: readonly number[];
  readonly requires: ReadonlyMap<string, Target>;
  /** The graph's version when it was sent. */
  readonly version: number;
  /** Where the specifiers of `import()` lead. Forgotten with every save. */
  readonly dynamic = new Map<string, Target>();
  #code: string | null;
  readonly #mappings: string;
  #factory: Factory | null = null;

  constructor(text: ModuleText, version: number) {
    this.id = text.id;
    this.path = pathOfId(text.id);
    this.kind = text.kind;
    this.imports = text.imports ?? [];
    this.stars = text.stars ?? [];
    this.requires = new Map(text.requires);
    this.version = version;
    this.#code = text.code;
    this.#mappings = text.mappings ?? '';
  }

  /** The ids of the modules that this one names statically. */
  *neighbours(): Iterable<string> {
    for (const target of this.imports) if ('id' in target) yield target.id;
    for (const target of this.requires.values()) if ('id' in target) yield target.id;
  }

  /** The value of a JSON module, made anew each time. */
  parseJson(): unknown {
    return JSON.parse(this.#code as string) as unknown;
  }

  /** The wrapper function. Compiled at the first call; V8 keeps the text from then on. */
  factory(): Factory {
    if (this.#factory === null) {
      const compiled = vm.compileFunction(this.#codeForDebugger(), [], { filename: this.path, ...NATIVE_IMPORT });
      this.#factory = compiled() as Factory;
      this.#code = null;
    }
    return this.#factory;
  }

  /** With a debugger attached, the code carries its source map, so that breakpoints in the user's file hold. */
  #codeForDebugger(): string {
    const code = this.#code as string;
    if (this.#mappings === '' || inspector.url() === undefined) return code;
    const source = pathToFileURL(this.path).href;
    const map = JSON.stringify({ version: 3, sources: [source], names: [], mappings: this.#mappings });
    const encoded = Buffer.from(map, 'utf8').toString('base64');
    return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
  }
}

/** Lets code be collected as soon as nothing runs it. For the whole process, so only for development. */
export function keepNoOldCode(): void {
  v8.setFlagsFromString('--no-compilation-cache');
}

/** `import()` in code that is made at run time goes to Node's own loader, where this Node.js has that option. */
const NATIVE_IMPORT: vm.CompileFunctionOptions = nativeImport();

function nativeImport(): vm.CompileFunctionOptions {
  const constants = vm.constants as typeof vm.constants | undefined;
  const symbol = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return symbol === undefined ? {} : { importModuleDynamically: symbol };
}

/** The file of a module's id. */
export function pathOfId(id: string): string {
  const query = id.indexOf('?');
  return query < 0 ? id : id.slice(0, query);
}
