/**
 * What a run of the Web Platform Tests says, as JSON between the programs of this folder and `cargo xtask wpt`.
 */

/** What became of the file as a whole: `testharness.js`'s status, or the end of the process without one. */
export type Harness = 'ok' | 'error' | 'timeout' | 'crash';

/** A subtest that did not pass. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** One file, with one variant where it has several. */
export interface FileReport {
  readonly harness: Harness;
  /** Why, where `harness` is not `ok`. */
  readonly message: string;
  /** Names of subtests; a name that occurs again has its number behind it. */
  readonly passed: readonly string[];
  readonly failed: readonly Failure[];
}

/** A whole run. */
export interface Report {
  /** What ran the files, as far as outcomes depend on it: the version of Node.js and that of its tables of encodings. */
  readonly platform: string;
  readonly files: Readonly<Record<string, FileReport>>;
  /** Test files that were left out, by the reason. */
  readonly leftOut: Readonly<Record<string, readonly string[]>>;
}
