import { cookies, draftMode, headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { after, connection } from 'next/server';

import { note } from '../../../lib/seen';

const attempt = async (expression) => {
  try {
    return await expression();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};

const variants = {
  callback: () => after(() => note('callback', 'ran')),
  promise: () => after(Promise.resolve().then(() => note('promise', 'ran'))),
  async: () => after(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    note('async', 'ran');
  }),
  several: () => {
    after(() => note('several', 'one'));
    after(() => note('several', 'two'));
    after(() => note('several', 'three'));
  },
  nested: () => after(() => {
    note('nested', 'outer');
    after(() => note('nested', 'inner'));
  }),
  failing: () => {
    after(() => {
      throw new Error('after failed');
    });
    after(() => note('failing', 'the other ran'));
  },
  throws: () => {
    after(() => note('throws', 'ran'));
    throw new Error('the handler failed');
  },
  redirects: () => {
    after(() => note('redirects', 'ran'));
    redirect('/elsewhere');
  },
  'not-found': () => {
    after(() => note('not-found', 'ran'));
    notFound();
  },
  reads: () => after(async () => {
    note('reads', (await headers()).get('x-seen'));
    note('reads', (await cookies()).get('a')?.value ?? 'none');
    note('reads', String((await draftMode()).isEnabled));
  }),
  writes: () => after(async () => {
    note('writes', await attempt(async () => (await cookies()).set('a', '1') && 'set'));
    note('writes', await attempt(async () => (await draftMode()).enable() ?? 'enabled'));
  }),
  'not-a-task': async () => note('not-a-task', await attempt(() => after('text'))),
  connection: async () => note('connection', String(await connection())),
  returns: async () => note('returns', String(after(() => {}))),
};

export async function GET(request, { params }) {
  const { variant } = await params;
  await variants[variant]();
  return new Response('replied');
}
