import { tell } from '@/lib/tell';

export const GET = tell('/.well-known/change');
export const POST = tell('/.well-known/change');
