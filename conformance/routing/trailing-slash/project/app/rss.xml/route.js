import { tell } from '@/lib/tell';

export const GET = tell('/rss.xml');
export const POST = tell('/rss.xml');
