import { tell } from '@/lib/tell';

export const GET = tell('/api/items');
export const POST = tell('/api/items');
