import { ImageResponse } from 'next/og';

export const dynamic = 'force-dynamic';

export function GET() {
  return new ImageResponse({ type: 'div', key: null, props: { style: { display: 'flex' }, children: 'hi' } }, { width: 40, height: 20 });
}
