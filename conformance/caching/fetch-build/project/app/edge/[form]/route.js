import { unstable_cache } from 'next/cache';

import { get, KEPT } from '../../../lib/get.js';

export const runtime = 'edge';

const load = unstable_cache((key) => get(key), ['edge']);
const FORMS = {
  plain: (key) => get(key),
  kept: (key) => get(key, KEPT),
  tags: (key) => get(key, { next: { revalidate: 60, tags: ['edge'] } }),
  request: (key) => get(key, { ...KEPT, method: 'POST', body: 'x' }),
  function: (key) => load(key),
};

export async function GET(request, { params }) {
  const { form } = await params;
  const ask = () => FORMS[form](`edge-${form}`);
  return Response.json([await ask(), await ask()]);
}
