// Each variant changes the store; the reply says what the store then shows.
import { cookies } from 'next/headers';

const later = new Date('2030-01-02T03:04:05Z');

const variants = {
  simple: (store) => store.set('a', '1'),
  object: (store) => store.set({ name: 'a', value: '1', path: '/p', httpOnly: true }),
  options: (store) => store.set('a', '1', { path: '/p', domain: 'example.com', secure: true, httpOnly: true, sameSite: 'strict', priority: 'high', partitioned: true, expires: later }),
  'same-site-lax': (store) => store.set('a', '1', { sameSite: 'lax' }),
  'same-site-none': (store) => store.set('a', '1', { sameSite: 'none', secure: true }),
  'same-site-true': (store) => store.set('a', '1', { sameSite: true }),
  'same-site-case': (store) => store.set('a', '1', { sameSite: 'Strict' }),
  'path-empty': (store) => store.set('a', '1', { path: '' }),
  'path-undefined': (store) => store.set('a', '1', { path: undefined }),
  'max-age-zero': (store) => store.set('a', '1', { maxAge: 0 }),
  'expires-number': (store) => store.set('a', '1', { expires: later.getTime() }),
  'expires-zero': (store) => store.set('a', '1', { expires: 0 }),
  'expires-text': (store) => store.set('a', '1', { expires: 'tomorrow' }),
  'false-flags': (store) => store.set('a', '1', { secure: false, httpOnly: false, partitioned: false }),
  encoded: (store) => store.set('a', 'one two; ü=ß, "q" %'),
  empty: (store) => store.set('a', ''),
  number: (store) => store.set('a', 5),
  'odd-name': (store) => store.set('na me', 'v'),
  long: (store) => store.set('a', 'x'.repeat(5000)),
  several: (store) => store.set('a', '1').set('b', '2').set('c', '3'),
  replaced: (store) => store.set('a', '1').set('b', '2').set('a', '3', { httpOnly: true }),
  'over-incoming': (store) => store.set('b', 'new').set('z', 'added'),
  delete: (store) => store.delete('a'),
  'delete-object': (store) => store.delete({ name: 'a', path: '/p', domain: 'example.com' }),
  'delete-unknown': (store) => store.delete('nothing'),
  'set-then-delete': (store) => store.set('a', '1').delete('a'),
  'delete-then-set': (store) => store.delete('a').set('a', '2'),
  'read-only': (store) => store.get('a'),
};

export async function GET(request, { params }) {
  const store = await cookies();
  const returned = variants[(await params).variant](store);
  return Response.json({ chainable: returned === store, all: store.getAll(), text: store.toString() });
}

export { GET as POST };
