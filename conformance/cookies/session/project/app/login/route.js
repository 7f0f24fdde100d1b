import { redirect } from 'next/navigation';

import { open } from '../../lib/session';

export async function POST(request) {
  const form = await request.formData();
  if (form.get('password') !== 'right') {
    return Response.json({ error: 'wrong password' }, { status: 401, headers: { 'www-authenticate': 'Form' } });
  }
  await open(String(form.get('user')));
  redirect('/me');
}
