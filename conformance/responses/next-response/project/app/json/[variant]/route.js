import { NextResponse } from 'next/server';

const variants = {
  object: () => NextResponse.json({ a: 1, b: [true, null], c: 'ü' }),
  string: () => NextResponse.json('text'),
  null: () => NextResponse.json(null),
  number: () => NextResponse.json(0),
  status: () => NextResponse.json({}, { status: 201, statusText: 'Made' }),
  headers: () => NextResponse.json({}, { headers: { 'x-a': '1', 'X-B': '2' } }),
  'content-type': () => NextResponse.json({}, { headers: { 'content-type': 'application/vnd.api+json' } }),
  'headers-object': () => NextResponse.json({}, { headers: new Headers([['x-a', '1'], ['x-a', '2']]) }),
  undefined: () => NextResponse.json(undefined),
  bigint: () => NextResponse.json({ a: 1n }),
  circular: () => {
    const loop = {};
    loop.self = loop;
    return NextResponse.json(loop);
  },
  function: () => NextResponse.json(() => 1),
  date: () => NextResponse.json({ at: new Date(0), map: new Map([[1, 2]]), nan: NaN, gone: undefined }),
  'to-json': () => NextResponse.json({ toJSON: () => ({ chosen: true }) }),
  'web-json': () => Response.json({ web: true }, { status: 202 }),
  'status-204': () => NextResponse.json({}, { status: 204 }),
};

export async function GET(request, { params }) {
  return variants[(await params).variant]();
}
