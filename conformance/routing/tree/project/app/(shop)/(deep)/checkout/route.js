import { tell } from '@/lib/tell';

export const GET = tell('/(shop)/(deep)/checkout');
