import { tell } from '@/lib/tell';

export const GET = tell('/back/b/y');
