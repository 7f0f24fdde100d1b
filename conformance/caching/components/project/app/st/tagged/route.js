import { kept, living, tagged } from '../../../lib/kept.js';

export async function GET() {
  return new Response(await tagged('st-tagged', 'st-tag'));
}
