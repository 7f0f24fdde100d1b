import { headers } from 'next/headers';

export const revalidate = 600;
export const generateStaticParams = () => [];

const value = (): string => `value-${crypto.randomUUID()}`;

export async function GET(): Promise<Response> {
  try {
    await headers();
  } catch {
    // There is no request whose fields could be read.
  }
  return new Response(value());
}
