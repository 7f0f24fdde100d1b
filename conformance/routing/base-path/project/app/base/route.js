import { tell } from '@/lib/tell';

export const GET = tell('/base');
export const POST = tell('/base');
