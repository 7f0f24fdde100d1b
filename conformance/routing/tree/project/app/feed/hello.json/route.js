import { tell } from '@/lib/tell';

export const GET = tell('/feed/hello.json');
