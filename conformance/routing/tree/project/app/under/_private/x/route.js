import { tell } from '@/lib/tell';

export const GET = tell('/under/_private/x');
