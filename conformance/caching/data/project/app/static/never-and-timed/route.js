import { at, text } from '../../../lib/origin.js';

export const revalidate = false;

export async function GET() {
  return new Response(await text(at('sf-never-and-timed'), { next: { revalidate: 30 } }));
}
