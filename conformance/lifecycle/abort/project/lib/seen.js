// What happened, by key, and a way to wait until something has.
const seen = new Map();

export function note(key, text) {
  seen.set(key, [...(seen.get(key) ?? []), text]);
}

export async function collect(key, count) {
  for (let tries = 0; tries < 200 && (seen.get(key)?.length ?? 0) < count; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const found = seen.get(key) ?? [];
  seen.delete(key);
  return found;
}
