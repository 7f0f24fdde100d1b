// What the origin gives.
const ORIGIN = `http://127.0.0.1:${process.env.ORIGIN_PORT}`;

export async function get(key, init) {
  const response = await fetch(`${ORIGIN}/value/${key}`, init);
  return response.text();
}

export const KEPT = { cache: 'force-cache' };
