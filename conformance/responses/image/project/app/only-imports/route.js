import { ImageResponse } from 'next/og';

export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json([typeof ImageResponse, ImageResponse.name.length > 0]);
}
