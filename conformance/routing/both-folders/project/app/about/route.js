import { tell } from '@/lib/tell';

export const GET = tell('/about');
export const POST = tell('/about');
