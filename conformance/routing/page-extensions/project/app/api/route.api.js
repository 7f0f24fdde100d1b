import { tell } from '@/lib/tell';

export const GET = tell('api/route.api.js');
