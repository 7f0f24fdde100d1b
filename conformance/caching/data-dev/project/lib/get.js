// What the origin gives.
const ORIGIN = `http://127.0.0.1:${process.env.ORIGIN_PORT}`;

export async function get(key, init) {
  const response = await fetch(`${ORIGIN}/value/${key}`, init);
  return response.text();
}

export async function size(key, init) {
  const response = await fetch(`${ORIGIN}/bytes/${key}`, init);
  return (await response.text()).length;
}

export const KEPT = { cache: 'force-cache' };
