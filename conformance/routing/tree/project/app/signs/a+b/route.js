import { tell } from '@/lib/tell';

export const GET = tell('/signs/a+b');
