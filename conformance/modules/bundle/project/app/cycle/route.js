import { a } from '../../lib/cycle-a';

export const GET = () => new Response(a());
