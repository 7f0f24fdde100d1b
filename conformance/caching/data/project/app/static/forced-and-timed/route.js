import { at, text } from '../../../lib/origin.js';

export const dynamic = 'force-static';

export async function GET() {
  return new Response(await text(at('sf-forced-and-timed'), { next: { revalidate: 30 } }));
}
