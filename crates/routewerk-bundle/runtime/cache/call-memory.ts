/**
 * The calls of cached functions within one run of another one: equal ones are one call, and get the very same promise.
 *
 * Arguments are compared by identity, as React's `cache` does, in which Next.js wraps every cached function.
 */

interface Node {
  readonly next: Map<unknown, Node>;
  made: Promise<unknown> | null;
}

export class CallMemory {
  readonly #root: Node = { next: new Map(), made: null };

  /** What was made of these parts before, or what `make` returns. */
  once(parts: readonly unknown[], make: () => Promise<unknown>): Promise<unknown> {
    let node = this.#root;
    for (const part of parts) {
      const known = node.next.get(part) ?? { next: new Map<unknown, Node>(), made: null };
      node.next.set(part, known);
      node = known;
    }
    node.made ??= make();
    return node.made;
  }
}
