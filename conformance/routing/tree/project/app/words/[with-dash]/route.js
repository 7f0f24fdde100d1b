import { tell } from '@/lib/tell';

export const GET = tell('/words/[with-dash]');
