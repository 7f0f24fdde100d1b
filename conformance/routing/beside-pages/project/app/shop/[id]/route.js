import { tell } from '@/lib/tell';

export const GET = tell('/shop/[id]');
export const POST = tell('/shop/[id]');
