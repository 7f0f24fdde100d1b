export const runtime = 'edge';

export async function GET(request) {
  const target = new URL('/fetch-echo', request.url);
  const plain = await (await fetch(target, { cache: 'no-store' })).json();
  const own = await (await fetch(target, { cache: 'no-store', headers: { 'user-agent': 'mine' } })).json();
  return Response.json({ plain, own });
}
