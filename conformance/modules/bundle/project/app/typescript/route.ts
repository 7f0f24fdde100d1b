import type { Point } from '@/lib/types';
import { Account, Color, Geometry, Size } from '@/lib/types';

function isPoint(value: unknown): value is Point {
  return typeof value === 'object' && value !== null && 'x' in value;
}

export async function GET(): Promise<Response> {
  const account = new Account('me', 5);
  const point = { x: 1, y: 2 } satisfies Point;
  const nothing = null as Point | null;
  return Response.json({
    text: account.text,
    count: Account.count,
    color: Color.Blue,
    colors: Object.keys(Color),
    size: Size.Large,
    origin: Geometry.origin,
    isPoint: [isPoint(point), isPoint(5)],
    optional: nothing?.x ?? 'none',
    nonNull: point!.y,
  });
}
