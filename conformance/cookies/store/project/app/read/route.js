import { cookies, headers } from 'next/headers';

import { attempt } from '../../lib/attempt';

export async function GET(request) {
  const store = await cookies();
  const second = await cookies();
  second.set('shared', '1');
  return Response.json({
    a: store.get('a') ?? 'undefined',
    byObject: store.get({ name: 'a' }) ?? 'undefined',
    all: store.getAll(),
    allOfA: store.getAll('a'),
    has: [store.has('a'), store.has('nothing'), store.has('shared')],
    size: String(store.size),
    clear: typeof store.clear,
    iterate: String(await attempt(() => [...store].length)).split(':')[0],
    same: store === second,
    header: (await headers()).get('cookie'),
    request: request.cookies.getAll(),
  });
}
