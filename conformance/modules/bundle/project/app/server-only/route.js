import { secret } from '../../lib/server';

export const GET = () => new Response(secret);
