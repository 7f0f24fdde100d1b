import type { NextRequest } from 'next/server';

export const revalidate = 2;
export const generateStaticParams = () => [{ id: 'built' }, { id: 'x y' }];

const value = (): string => `value-${crypto.randomUUID()}`;

export async function GET(request: NextRequest, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json([(await params).id, request.nextUrl.pathname, value()]);
}
