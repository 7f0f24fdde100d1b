import { tell } from '@/lib/tell';

export const GET = tell('/mixed2/[a]/[b]');
