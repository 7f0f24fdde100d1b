import { value } from '../../../lib/value.js';
import { draftMode } from 'next/headers';

export const revalidate = false;

export async function GET(request) {
  const seen = (await draftMode()).isEnabled;
  return Response.json({ seen, value: value() });
}
