import { tell } from '@/lib/tell';

export const GET = tell('/order/fixed/[x]');
