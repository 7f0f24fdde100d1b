import { tell } from '@/lib/tell';

export const GET = tell('/x.tar/y');
export const POST = tell('/x.tar/y');
