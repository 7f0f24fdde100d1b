import { tell } from '@/lib/tell';

export const GET = tell('both/route.api.js');
