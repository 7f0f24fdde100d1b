export const runtime = 'edge';

const BYTES = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

export async function GET() {
  const found = {};
  for (const name of ['compile', 'instantiate', 'validate']) {
    try {
      const made = await WebAssembly[name](BYTES);
      found[name] = typeof made;
    } catch (error) {
      found[name] = `${error.name}: ${error.message}`;
    }
  }
  return Response.json(found);
}
