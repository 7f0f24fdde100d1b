import { tell } from '@/lib/tell';

export const GET = tell('/literal/a-[x]');
