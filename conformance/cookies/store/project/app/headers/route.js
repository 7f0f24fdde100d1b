import { headers } from 'next/headers';

import { attempt } from '../../lib/attempt';

export async function GET() {
  const list = await headers();
  return Response.json({
    get: list.get('X-Seen'),
    missing: list.get('x-missing'),
    has: [list.has('X-SEEN'), list.has('x-missing')],
    entries: [...list].filter(([name]) => name.startsWith('x-s')),
    keys: [...list.keys()].filter((name) => name.startsWith('x-s')),
    forEach: (() => { const seen = []; list.forEach((value, name) => name === 'x-seen' && seen.push([name, value])); return seen; })(),
    set: await attempt(() => list.set('a', 'b')),
    append: await attempt(() => list.append('a', 'b')),
    delete: await attempt(() => list.delete('a')),
    getSetCookie: await attempt(() => list.getSetCookie()),
    tag: Object.prototype.toString.call(list),
    isHeaders: list instanceof Headers,
  });
}
