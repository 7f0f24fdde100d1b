/**
 * Makes `error.stack` name the user's files and lines in production, for whoever reads it: the user's own logs and error
 * reporters among them. Frames of this runtime are left out.
 *
 * The text is built when somebody reads it, and a source map is read when the first frame of its file is shown, so a
 * call that throws nothing costs nothing. Code that sets `Error.prepareStackTrace` for itself gets plain call sites.
 */

import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceMapPayload } from 'node:module';

import { SourceMaps } from '../registry/source-maps.ts';
import type { Position } from '../registry/source-maps.ts';
import { headOf, withPlace } from '../registry/stack-text.ts';

/** Gives the user's place for one in a built chunk; null for any other. */
export type FindOriginal = (place: Position) => Position | null;

/** What stacks are made with. */
export interface BuiltStackOptions {
  readonly original: FindOriginal;
  /** The file of this runtime, whose frames are nobody's business. */
  readonly runtimeFile: string;
}

/** Reads the source maps that lie beside the chunks of a folder. */
export function createChunkMaps(chunks: string): FindOriginal {
  const maps = new SourceMaps((file) => {
    if (!file.startsWith(chunks.endsWith(sep) ? chunks : chunks + sep)) return null;
    return { key: file, payload: () => readMap(`${file}.map`) };
  });
  return (place) => {
    const found = maps.original(place);
    return found === null ? null : { ...found, file: resolve(dirname(place.file), pathOf(found.file)) };
  };
}

/** Installs it for this process. */
export function installBuiltStackTraces({ original, runtimeFile }: BuiltStackOptions): void {
  Error.prepareStackTrace = (error, sites) => {
    const shown = sites.filter((site) => pathOf(site.getFileName() ?? '') !== runtimeFile);
    // An error of this runtime alone: then all of it is needed.
    const frames = shown.some(hasFile) ? shown : sites;
    return `${headOf(error)}${frames.map((site) => `\n    at ${siteText(site, original)}`).join('')}`;
  };
}

function hasFile(site: NodeJS.CallSite): boolean {
  const file = site.getFileName();
  return typeof file === 'string' && !file.startsWith('node:');
}

function siteText(site: NodeJS.CallSite, original: FindOriginal): string {
  const text = String(site);
  const file = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (typeof file !== 'string' || line === null || column === null) return text;
  const found = original({ file: pathOf(file), line, column });
  return found === null ? text : withPlace(text, { file, line, column }, found);
}

/** The path of a file that may be named by its URL. */
export function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

function readMap(file: string): SourceMapPayload | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload;
  } catch {
    // No map: the positions in the chunk are all that there is.
    return null;
  }
}
