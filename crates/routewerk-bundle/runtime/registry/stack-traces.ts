/**
 * Makes `error.stack` name the user's files and lines in development, for whoever reads it: logs, error reporters,
 * the user's own code.
 *
 * The text is built when somebody reads it, and only files of the registry are looked up. Code that sets
 * `Error.prepareStackTrace` for itself goes on to get plain call sites.
 */

import vm from 'node:vm';

import { SourceMaps } from './source-maps.ts';
import { headOf, withPlace } from './stack-text.ts';

/** Installs it for this process. `mappingsOf` gives the source map's mappings of a file of the registry. */
export function installStackTraces(mappingsOf: (path: string) => string | undefined): void {
  const maps = new SourceMaps((file) => {
    const mappings = mappingsOf(file);
    if (mappings === undefined || mappings === '') return null;
    const sources = [file];
    return { key: mappings, payload: () => ({ ...EMPTY_MAP, file, sources, mappings }) };
  });
  Error.prepareStackTrace = (error, sites) => {
    const lines = sites.map((site) => {
      const file = site.getFileName();
      const isOurs = typeof file === 'string' && mappingsOf(file) !== undefined;
      return `\n    at ${isOurs ? siteText(site, file, maps) : String(site)}`;
    });
    return `${headOf(error)}${lines.join('')}`;
  };
}

const EMPTY_MAP = { version: 3, names: [], sourcesContent: [], sourceRoot: '' };

/** V8's text for a call site, with the place that the user knows. */
function siteText(site: NodeJS.CallSite, file: string, maps: SourceMaps): string {
  const text = String(site);
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (line === null || column === null) return text;
  const compiled = { file, line: line - LINE_SHIFT, column };
  const original = maps.original(compiled) ?? compiled;
  return withPlace(text, { file, line, column }, { ...original, file });
}

/** How many lines this JavaScript engine adds to those of a compiled function: none in Node.js, one in Bun. */
const LINE_SHIFT = lineShift();

function lineShift(): number {
  const error = vm.compileFunction('return new Error()', [], { filename: '/line-shift' })() as Error;
  const line = /line-shift:(\d+)/.exec(error.stack ?? '')?.[1];
  return line === undefined ? 0 : Number(line) - 1;
}
