import { unstable_cache } from 'next/cache';

export const dynamic = 'force-static';

const value = (): string => `value-${crypto.randomUUID()}`;

const read = unstable_cache(async () => value(), ['tagged'], { tags: ['tagged'] });

export const GET = async (): Promise<Response> => new Response(await read());
