/**
 * Runs one file of the Web Platform Tests in this process, under the copy's own `testharness.js`, and prints a
 * `FileReport` as the last line: `node run-file.js ROOT ours|builtin RUN`.
 *
 * With `ours` the web classes are put in place as a worker does it; with `builtin` Node.js's stay.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { installNextGlobals } from '../../next/globals.ts';
import { installWebClasses } from '../../web/install.ts';
import { metaOf } from './listing.ts';
import type { Failure, FileReport, Harness } from './report.ts';
import { installWorkerScope, runScript } from './worker-scope.ts';

/** What `testharness.js` says of a subtest and of the file (its documentation, "Callback API"). */
interface Verdict {
  readonly name: string;
  readonly status: number;
  readonly message: string | null;
}

/** What `testharness.js` adds to the scope. */
interface TestHarness {
  setup(properties: { explicit_done: boolean }): void;
  done(): void;
  timeout(): void;
  add_completion_callback(callback: (tests: readonly Verdict[], status: Verdict) => void): void;
}

const HARNESS: readonly Harness[] = ['ok', 'error', 'timeout', 'error'];
/** How long a file may wait for something; its subtests that have not ended then have failed. */
const LIMIT_MS = 30_000;
const LONG_LIMIT_MS = 60_000;
/** For timers that do not keep a process alive, as those of `AbortSignal.timeout`: a worker's sockets keep it. */
const GRACE_MS = 3_000;

function main(): void {
  const [root, classes, run] = process.argv.slice(2) as [string, string, string];
  if (classes === 'ours') {
    installWebClasses();
    installNextGlobals(null);
  }
  installWorkerScope(root, run);
  const file = run.split('?')[0] as string;
  const meta = metaOf(readFileSync(join(root, file), 'utf8'));
  runScript(root, '/resources/testharness.js', location.href);

  const harness = globalThis as unknown as TestHarness;
  harness.add_completion_callback((tests, status) => finish(tests, status));
  setTimeout(harness.timeout, meta.isLong ? LONG_LIMIT_MS : LIMIT_MS).unref();
  process.once('beforeExit', () => {
    setTimeout(() => undefined, GRACE_MS);
    // Nothing more can happen: what has not ended never will.
    process.once('beforeExit', () => harness.timeout());
  });
  // As in a worker: the file is over when its scripts have run and the subtests that they began have ended.
  harness.setup({ explicit_done: true });
  for (const script of meta.scripts) {
    runScript(root, script, location.href);
  }
  runScript(root, `/${file}`, location.href);
  if (!file.endsWith('.worker.js')) {
    harness.done();
  }
}

function finish(tests: readonly Verdict[], status: Verdict): void {
  const passed: string[] = [];
  const failed: Failure[] = [];
  const seen = new Map<string, number>();
  for (const test of tests) {
    const count = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, count);
    const name = (count === 1 ? test.name : `${test.name} (${count})`).toWellFormed();
    if (test.status === 0) {
      passed.push(name);
    } else {
      failed.push({ name, message: (test.message ?? '').toWellFormed() });
    }
  }
  const message = (status.message ?? '').toWellFormed();
  const report: FileReport = { harness: HARNESS[status.status] ?? 'error', message, passed, failed };
  process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
}

main();
