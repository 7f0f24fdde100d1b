import { tell } from '@/lib/tell';

export const GET = tell('/deep/a/b/c/d/e/f');
