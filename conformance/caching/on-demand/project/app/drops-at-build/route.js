import { revalidateTag } from 'next/cache';
import { call } from '../../lib/origin.js';

export const revalidate = false;

export async function GET() {
  revalidateTag('anything', 'max');
  return new Response((await call('drops-at-build')).text);
}
