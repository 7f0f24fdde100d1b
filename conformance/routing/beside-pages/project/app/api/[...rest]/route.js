import { tell } from '@/lib/tell';

export const GET = tell('/api/[...rest]');
export const POST = tell('/api/[...rest]');
