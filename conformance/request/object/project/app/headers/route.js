import { attempt } from '../../lib/attempt';

export async function GET(request) {
  const { headers } = request;
  const result = {
    keys: [...headers.keys()],
    get: headers.get('X-Twice') ?? 'null',
    missing: headers.get('x-missing'),
    has: headers.has('ACCEPT'),
    badName: await attempt(() => headers.get('bad name')),
    setCookie: headers.getSetCookie(),
  };
  headers.set('x-added', '1');
  headers.append('x-added', '2');
  headers.delete('accept');
  return Response.json({ ...result, added: headers.get('x-added'), accept: headers.get('accept') });
}
