/**
 * What built modules find under `Symbol.for('routewerk.runtime')`: the served modules, and what code of edge routes has in place of
 * globals. The latter is made when the first such module asks for it.
 */
import { makeEdgeGlobals } from './globals.ts';
import { refusedModule } from './refused.ts';

/** The published object. */
export interface PublishedRuntime {
  readonly modules: Readonly<Record<string, object>>;
  /** The edge's `globalThis`. */
  readonly edge: Readonly<Record<string, unknown>>;
  /** What stands for a module of Node.js that is not there. */
  readonly edgeRefused: (name: string) => object;
}

/** The object to publish. */
export function publishedRuntime(modules: Readonly<Record<string, object>>): PublishedRuntime {
  let edge: Readonly<Record<string, unknown>> | null = null;
  return {
    modules,
    get edge(): Readonly<Record<string, unknown>> {
      edge ??= makeEdgeGlobals();
      return edge;
    },
    edgeRefused: refusedModule,
  };
}
