import { unstable_cache } from 'next/cache';

export const revalidate = 600;
export const generateStaticParams = () => [];

const value = (): string => `value-${crypto.randomUUID()}`;

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  const { id } = await params;
  const read = unstable_cache(async () => value(), ['tagged', String(id)], { tags: ['tagged', `tagged-${String(id)}`] });
  return new Response(`${await read()} ${value()}`);
}
