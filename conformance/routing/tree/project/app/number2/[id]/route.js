import { tell } from '@/lib/tell';

export const GET = tell('/number2/[id]');
