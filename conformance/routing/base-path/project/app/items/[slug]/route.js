import { tell } from '@/lib/tell';

export const GET = tell('/items/[slug]');
export const POST = tell('/items/[slug]');
