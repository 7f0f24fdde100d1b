/**
 * Stacks for the log: positions in the user's source, paths from the project's root, no frames of Node.js or of this
 * runtime, and in development the lines around the place, as Next.js prints them.
 *
 * It works on text, because that is what `util.inspect` gives: several stacks (causes) may be in it, indented, and each may be
 * followed by ` {` and the error's own properties.
 */

import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';

import type { Position } from '../registry/source-maps.ts';
import { pathOf } from './built-stacks.ts';
import type { FindOriginal } from './built-stacks.ts';
import { developmentFile } from './files.ts';

/** What stacks are mapped with. */
export interface StackOptions {
  /** The project's root, absolute. */
  readonly root: string;
  /** Gives the user's place for one in a built chunk. Null in development, where stacks are mapped already. */
  readonly original: FindOriginal | null;
  /** The file of this runtime, whose frames are nobody's business. */
  readonly runtimeFile: string;
  /** Whether the lines around the first place are shown. */
  readonly showsCode: boolean;
}

/** One line of a stack, taken apart. */
interface Frame {
  readonly indent: string;
  /** `async `, the function's name: what stands before the place. */
  readonly what: string;
  readonly place: Position | null;
  readonly line: string;
}

/** Where this runtime's source map says that its files lie, for those who read stacks through it. */
const RUNTIME_SOURCES = '/routewerk-runtime/';
/** A longer file is generated, and no lines of it are shown. */
const MAX_SHOWN_BYTES = 1024 * 1024;
const LINES_BEFORE = 2;
const LINES_AFTER = 3;
/** Longer lines are not shown. */
const MAX_LINE_LENGTH = 300;

/** Makes the function that rewrites the stacks in a text. It does not throw. */
export function createStackMapper(options: StackOptions): (text: string) => string {
  const original = (place: Position): Position => options.original?.(place) ?? place;
  return (text) => {
    const lines: string[] = [];
    let frames: Frame[] = [];
    const flush = (tail: string): void => {
      lines.push(...stackLines(frames, tail, options));
      frames = [];
    };
    for (const line of text.split('\n')) {
      const tail = line.endsWith(' {') ? ' {' : '';
      const frame = parseFrame(tail === '' ? line : line.slice(0, -tail.length), original);
      if (frame !== null) frames.push(frame);
      if (frame === null || tail !== '') flush(frame === null ? '' : tail);
      if (frame === null) lines.push(line);
    }
    flush('');
    return lines.join('\n');
  };
}

/** The lines of one stack. `tail` is what follows its last frame on the same line. */
function stackLines(frames: readonly Frame[], tail: string, options: StackOptions): string[] {
  if (frames.length === 0) return [];
  const isOwn = (frame: Frame): boolean => frame.place !== null && !isHidden(frame.place.file, options.runtimeFile);
  // A frame without a place (`Array.map (<anonymous>)`) belongs to whoever called it, further down.
  const lastOwn = frames.findLastIndex(isOwn);
  const own = frames.filter((frame, index) => isOwn(frame) || (frame.place === null && index < lastOwn));
  // An error of this runtime or of Node.js alone: then all of it is needed.
  const shown = own.length > 0 ? own : frames;
  const lines = shown.map((frame) => frameLine(frame, options.root));
  const first = own.find(isOwn);
  if (options.showsCode && first?.place) {
    lines.push(...codeLines(first.place).map((line) => `${first.indent.slice(4)}${line}`));
  }
  lines.push((lines.pop() as string) + tail);
  return lines;
}

function frameLine(frame: Frame, root: string): string {
  if (frame.place === null) return frame.line;
  const { file, line, column } = frame.place;
  const place = `${isInside(root, file) ? relative(root, file) : file}:${line}:${column}`;
  return frame.what === '' ? `${frame.indent}at ${place}` : `${frame.indent}at ${withPlace(frame.what, place)}`;
}

/** `async ` without a name stands before the bare place. */
function withPlace(what: string, place: string): string {
  return what === 'async' ? `async ${place}` : `${what} (${place})`;
}

/** Reads `    at name (file:line:column)` and its relatives; null for any other line. */
function parseFrame(line: string, original: (place: Position) => Position): Frame | null {
  // What `util.inspect` writes in place of frames that the cause has too.
  const omission = /^( +)\.\.\. \d+ lines matching cause stack trace \.\.\.$/.exec(line);
  if (omission !== null) return { indent: omission[1] as string, what: '', place: null, line };
  const match = /^( +)at (.*)$/.exec(line);
  if (match === null) return null;
  const [, indent = '', rest = ''] = match;
  const open = rest.indexOf(' (');
  const isNamed = open >= 0 && rest.endsWith(')');
  const isAsync = !isNamed && rest.startsWith('async ');
  const placeText = isNamed ? rest.slice(open + 2, -1) : isAsync ? rest.slice(6) : rest;
  const place = parsePlace(placeText);
  const what = isNamed ? rest.slice(0, open) : isAsync ? 'async' : '';
  return { indent, what, place: place === null ? null : original(place), line };
}

function parsePlace(text: string): Position | null {
  const match = /^(.+):(\d+):(\d+)$/.exec(text);
  if (match === null) return null;
  const file = pathOf(match[1] as string);
  if (!isAbsolute(file) && !file.startsWith('node:')) return null;
  return { file, line: Number(match[2]), column: Number(match[3]) };
}

function isHidden(file: string, runtimeFile: string): boolean {
  if (file.startsWith('node:') || file.startsWith(RUNTIME_SOURCES)) return true;
  return file === runtimeFile || file === developmentFile(runtimeFile);
}

function isInside(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The lines around a place of the user's own code. */
function codeLines(place: Position): string[] {
  if (place.file.includes(`${sep}node_modules${sep}`)) return [];
  const source = readSource(place.file);
  if (source === null) return [];
  const all = source.split(/\r?\n/);
  const first = Math.max(1, place.line - LINES_BEFORE);
  const last = Math.min(all.length, place.line + LINES_AFTER);
  if (place.line > last) return [];
  const shown = all.slice(first - 1, last);
  if (shown.some((line) => line.length > MAX_LINE_LENGTH)) return [];
  const width = String(last).length;
  const lines: string[] = [];
  shown.forEach((text, index) => {
    const number = first + index;
    const isPlace = number === place.line;
    lines.push(`${isPlace ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (!isPlace) return;
    const indent = text.slice(0, place.column - 1).replace(/[^\t]/g, ' ');
    lines.push(`  ${' '.repeat(width)} | ${indent}^`);
  });
  return lines;
}

function readSource(file: string): string | null {
  try {
    return statSync(file).size > MAX_SHOWN_BYTES ? null : readFileSync(file, 'utf8');
  } catch {
    // The file has been removed since.
    return null;
  }
}
