/**
 * The messages between the registry and the front's module graph: `modules.load` and `modules.changed` of
 * docs/design/modules.md. The Rust half is `src/dev/reply.rs` of this crate. Change both, or neither.
 */

/** How Node.js loads a module that the registry does not hold. */
export type ExternalFormat = 'builtin' | 'commonjs' | 'module';

/** What a specifier stands for. */
export type Target =
  | { readonly id: string }
  | { readonly external: string; readonly format: ExternalFormat }
  | { readonly runtime: string }
  | { readonly empty: true }
  | { readonly missing: string };

/** What the text of a module is: see `src/dev/wrapper.rs`. */
export type ModuleKind = 'esm' | 'async' | 'cjs' | 'json';

/** One module's text and where its imports lead. */
export interface ModuleText {
  readonly id: string;
  readonly kind: ModuleKind;
  readonly code: string;
  /** The source map's mappings; absent when the code has the file's own lines. */
  readonly mappings?: string;
  /** Static imports in the order of evaluation. */
  readonly imports?: readonly Target[];
  /** Indexes into `imports` of `export * from`. */
  readonly stars?: readonly number[];
  /** Literal `require`s. */
  readonly requires?: readonly (readonly [specifier: string, target: Target])[];
}

/** The question `modules.load`. */
export interface ModulesQuery {
  /** Names this registry among all that ever ask. */
  readonly registry: string;
  /** The number of the last reply that was taken in. */
  readonly have: number;
  readonly entry?: string;
  readonly specifier?: string;
  readonly importer?: string;
  readonly kind?: 'import' | 'require';
  /** Whether the code can do without it: then finding nothing is an answer, and no failure. */
  readonly optional?: boolean;
}

/** The answer to `modules.load`. */
export interface ModulesReply {
  readonly number: number;
  readonly version: number;
  readonly target: Target;
  readonly modules: readonly ModuleText[];
  /** The answer was too long for one message: ask the same again. */
  readonly more: boolean;
}

/** The message `modules.changed`. */
export interface ModulesChanged {
  readonly version: number;
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Asks the front. Rejects with an `Error` whose message is the front's text. */
export type Ask = (topic: string, value: unknown) => Promise<unknown>;
