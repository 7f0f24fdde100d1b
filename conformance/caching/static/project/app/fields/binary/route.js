import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  return new Response(new Uint8Array([0, 1, 127, 128, 254, 255, 13, 10]), { headers: { 'content-type': 'application/octet-stream' } });
}
