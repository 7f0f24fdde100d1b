/**
 * Runs Web Platform Tests, each file in a process of its own, and writes a `Report` to a file:
 * `node run.js ROOT ours|builtin REPORT FOLDER…`.
 *
 * `cargo xtask wpt` calls it and compares the report with what is recorded.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { listTests } from './listing.ts';
import type { FileReport, Report } from './report.ts';

/** Above the limit that a file keeps by itself: for one that never gives the event loop a turn. */
const LIMIT_MS = 90_000;

async function main(): Promise<void> {
  const [root, classes, target, ...folders] = process.argv.slice(2) as [string, string, string];
  const { runs, leftOut } = listTests(root, folders);
  const files: Record<string, FileReport> = {};
  const waiting = [...runs];
  const work = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      files[run] = await runFile(root, classes, run);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const sorted = Object.fromEntries(runs.map((run) => [run, files[run] as FileReport]));
  const { node, icu } = process.versions;
  const platform = `Node.js ${node.split('.').slice(0, 2).join('.')}, ICU ${icu ?? 'none'}`;
  const report: Report = { platform, files: sorted, leftOut };
  writeFileSync(target, JSON.stringify(report));
}

function runFile(root: string, classes: string, run: string): Promise<FileReport> {
  const program = fileURLToPath(new URL('run-file.js', import.meta.url));
  const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--expose-gc', program, root, classes, run], options, (error, stdout, stderr) => {
      const last = stdout.trimEnd().split('\n').pop() ?? '';
      resolve(last.startsWith('{"harness"') ? (JSON.parse(last) as FileReport) : crashed(error, stderr));
    });
  });
}

function crashed(error: Error | null, stderr: string): FileReport {
  const message = `${error === null ? 'ended without a report' : error.message.split('\n')[0]}\n${stderr}`;
  return { harness: 'crash', message: message.toWellFormed(), passed: [], failed: [] };
}

await main();
