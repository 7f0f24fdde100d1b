export function GET(request) {
  return fetch(new URL('/fetched-source', request.url), { cache: 'no-store' });
}
