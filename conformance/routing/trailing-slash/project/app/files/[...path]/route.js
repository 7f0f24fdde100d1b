import { tell } from '@/lib/tell';

export const GET = tell('/files/[...path]');
export const POST = tell('/files/[...path]');
