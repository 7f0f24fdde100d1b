import { count } from '../../../lib/origin.js';

export const dynamicParams = false;
export const revalidate = 60;

export function generateStaticParams() {
  return [{ key: 'listed' }];
}

export async function GET(request, { params }) {
  const { key } = await params;
  if (key.includes('handler-throws')) {
    throw new Error('thrown by the handler');
  }
  return new Response(count(key), { headers: { 'x-own': encodeURIComponent(key) } });
}
