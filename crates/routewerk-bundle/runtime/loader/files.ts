/**
 * The files that this runtime is made of: the worker's script, and beside it the part that only development loads.
 */

/** The file of the part that only development loads, from the worker's script. src/runtime_sources.rs names it so. */
export function developmentFile(runtimeFile: string): string {
  return runtimeFile.replace(/\.cjs$/, '-dev.cjs');
}
