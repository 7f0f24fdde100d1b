export const runtime = 'edge';

export function GET(request) {
  return fetch(new URL('/framing', request.url), { cache: 'no-store' });
}
