import { tell } from '@/lib/tell';

export const GET = tell('/(shop)/(a)/(b)/nested');
