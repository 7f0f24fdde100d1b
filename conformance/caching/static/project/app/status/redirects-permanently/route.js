import { value } from '../../../lib/value.js';
import { permanentRedirect } from 'next/navigation';

export const revalidate = false;

export function GET() {
  permanentRedirect('/elsewhere?' + value());
}
