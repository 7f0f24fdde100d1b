/**
 * Which files of a copy of the Web Platform Tests are tests that a worker can run, and what their `META` lines ask for.
 *
 * A worker has no document, so `.html` and `.window.js` files are left out, and the listing names them: nothing is left
 * out in silence. The names and `META` keys are those of the project's documentation ("testharness.js tests").
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the head of a test file asks for. */
export interface Meta {
  /** Scripts to run first, as written. */
  readonly scripts: readonly string[];
  /** Query strings with which the file is run, one run each; one empty string where it names none. */
  readonly variants: readonly string[];
  /** Whether the file takes longer than usual. */
  readonly isLong: boolean;
  readonly globals: readonly string[];
}

/** The tests of some folders. */
export interface Listing {
  /** `folder/file.any.js?variant`, sorted. */
  readonly runs: readonly string[];
  /** Test files that are not run, by the reason. */
  readonly leftOut: Readonly<Record<string, readonly string[]>>;
}

const NEEDS_DOCUMENT = 'needs a document';
const NEEDS_OTHER_SCOPE = 'is meant for another kind of scope';
const NEEDS_SERVER = 'needs a server';

/** What a file that talks to the test server mentions: its handlers, its hosts, its templates, its raw replies. */
const SERVER = /\.py\b|get-host-info|\.sub\.|\.asis\b/;

/** Lists the tests below `folders` (or single files) of the copy at `root`. */
export function listTests(root: string, folders: readonly string[]): Listing {
  const runs: string[] = [];
  const leftOut: Record<string, string[]> = {};
  for (const file of folders.flatMap((folder) => filesBelow(root, folder))) {
    const reason = reasonToLeaveOut(root, file);
    if (reason === null) {
      runs.push(...metaOf(readFileSync(join(root, file), 'utf8')).variants.map((variant) => file + variant));
    } else if (reason !== '') {
      leftOut[reason] = [...(leftOut[reason] ?? []), file];
    }
  }
  return { runs: runs.sort(), leftOut };
}

/** The `META` lines of a test file. */
export function metaOf(text: string): Meta {
  const values = (wanted: string): string[] => {
    const lines = text.matchAll(/^\/\/ META: *([a-z]+)=(.*?)\s*$/gm);
    return [...lines].filter(([, key]) => key === wanted).map(([, , value]) => value as string);
  };
  const variants = values('variant');
  return {
    scripts: values('script'),
    variants: variants.length === 0 ? [''] : variants,
    isLong: values('timeout').includes('long'),
    globals: values('global').flatMap((list) => list.split(',')),
  };
}

function filesBelow(root: string, folder: string): string[] {
  if (statSync(join(root, folder)).isFile()) {
    return [folder];
  }
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      // By the project's rule these folders hold what tests use, and no tests.
      return ['resources', 'support', 'tools'].includes(entry.name) ? [] : filesBelow(root, path);
    }
    return [path];
  });
}

/** Null for a test that is run, the empty string for what is no test. */
function reasonToLeaveOut(root: string, file: string): string | null {
  if (/\.window\.js$/.test(file)) {
    return NEEDS_DOCUMENT;
  }
  if (/\.(html?|xhtml|svg|xml)$/.test(file)) {
    return readFileSync(join(root, file), 'utf8').includes('testharness.js') ? NEEDS_DOCUMENT : '';
  }
  if (!/\.(any|worker)\.js$/.test(file)) {
    return '';
  }
  const text = readFileSync(join(root, file), 'utf8');
  const { globals } = metaOf(text);
  if (globals.length !== 0 && !globals.some((name) => ['dedicatedworker', 'worker', 'default', 'dedicatedworker-module'].includes(name))) {
    return globals.includes('window') ? NEEDS_DOCUMENT : NEEDS_OTHER_SCOPE;
  }
  return SERVER.test(text) ? NEEDS_SERVER : null;
}
