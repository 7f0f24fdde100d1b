import { at, text } from '../../../lib/origin.js';

export const revalidate = 60;

export async function GET() {
  return new Response(await text(at('sf-plain-timed'), {}));
}
