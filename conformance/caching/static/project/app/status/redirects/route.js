import { value } from '../../../lib/value.js';
import { redirect } from 'next/navigation';

export const revalidate = false;

export function GET() {
  redirect('/elsewhere?' + value());
}
