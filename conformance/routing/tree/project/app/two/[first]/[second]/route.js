import { tell } from '@/lib/tell';

export const GET = tell('/two/[first]/[second]');
