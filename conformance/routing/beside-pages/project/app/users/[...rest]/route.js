import { tell } from '@/lib/tell';

export const GET = tell('/users/[...rest]');
export const POST = tell('/users/[...rest]');
