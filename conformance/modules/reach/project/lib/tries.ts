/** Loads modules by their names, and says what came of each. */
export async function tries(names: string[], load: (name: string) => unknown): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of names) {
    try {
      found[name] = Object.keys((await load(name)) as object).sort();
    } catch (error) {
      const { name: kind, message, code } = error as NodeJS.ErrnoException;
      found[name] = [kind, message, code];
    }
  }
  return found;
}
