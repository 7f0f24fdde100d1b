/**
 * What the modules export that next.config names (`cacheHandler`, `cacheHandlers`).
 *
 * A module is loaded when its export is first asked for. What it throws is thrown for each who asks: Node.js remembers what a module
 * has thrown, and in development a save runs it anew.
 */
import type { ConfigModule, Loader } from './loader.ts';

/**
 * A module's export, as Next.js reads it: its `default`, and the `default` of that where a CommonJS module has one, or else the module
 * itself. In a box: a promise would take an export with a function named `then` for another promise.
 */
export async function configExport(loader: Loader, module: ConfigModule): Promise<{ readonly value: unknown }> {
  const { module: loaded } = await loader.loadConfigModule(module);
  return { value: defaultOf(defaultOf(loaded)) };
}

function defaultOf(value: unknown): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    return value;
  }
  return (value as { readonly default?: unknown }).default || value;
}
