import { tell } from '@/lib/tell';

export const GET = tell('/blog/[slug]/feed');
export const POST = tell('/blog/[slug]/feed');
