import { call } from '../../lib/origin.js';

export const revalidate = 1;

export async function GET() {
  return new Response((await call('fixed')).text);
}
