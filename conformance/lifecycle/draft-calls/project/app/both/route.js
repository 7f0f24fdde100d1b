import { cookies, draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

/** On, off and on again, with a cookie of its own beside. */
export async function GET() {
  const draft = await draftMode();
  const store = await cookies();
  store.set('first', '1');
  draft.enable();
  const seen = [store.has('__prerender_bypass')];
  draft.disable();
  seen.push(store.get('__prerender_bypass')?.value ?? null);
  draft.enable();
  store.set('last', '2');
  return Response.json([draft.isEnabled, ...seen], { headers: { 'Set-Cookie': 'own=3' } });
}
