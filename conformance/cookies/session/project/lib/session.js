// A session as many projects have it: a table in memory, a cookie with its key.
import { cookies } from 'next/headers';

const sessions = new Map();
let last = 0;

export async function open(user) {
  last += 1;
  const key = `session-${last}`;
  sessions.set(key, { user, visits: 0 });
  (await cookies()).set('session', key, { httpOnly: true, sameSite: 'lax', path: '/' });
}

export async function current() {
  return sessions.get((await cookies()).get('session')?.value ?? '');
}

export async function close() {
  const store = await cookies();
  sessions.delete(store.get('session')?.value ?? '');
  store.delete('session');
}
