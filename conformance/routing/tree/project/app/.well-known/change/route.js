import { tell } from '@/lib/tell';

export const GET = tell('/.well-known/change');
