import { tell } from '@/lib/tell';

export const GET = tell('plain/route.js');
