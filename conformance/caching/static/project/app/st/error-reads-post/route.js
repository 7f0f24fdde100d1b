import { value } from '../../../lib/value.js';
import { cookies, headers } from 'next/headers';

export const dynamic = 'error';

export async function GET(request) {
  const seen = { url: new URL(request.url).search };
  for (const [name, read] of Object.entries({ cookies, headers })) {
    try {
      await read();
      seen[name] = 'read';
    } catch (error) {
      seen[name] = error.message;
    }
  }
  return Response.json(seen);
}

export function POST() {
  return new Response('posted');
}
