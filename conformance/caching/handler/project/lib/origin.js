// Where the origin answers for a key.
export const at = (key) => `http://127.0.0.1:${process.env.ORIGIN_PORT}/value/${key}`;

export async function outcome(run) {
  try {
    return await run();
  } catch (error) {
    return `${error.name}: ${error.message.replaceAll(process.env.ORIGIN_PORT, 'PORT').replace(/[0-9a-f]{40,}/g, '#')}`;
  }
}

// How often something was made.
const counts = (globalThis.counts ??= new Map());
export function count(key) {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  return `${key} ${counts.get(key)}`;
}
