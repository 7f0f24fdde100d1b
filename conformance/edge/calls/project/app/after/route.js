import { after } from 'next/server';

export const runtime = 'edge';

let ran = 0;

export function GET() {
  after(() => {
    ran += 1;
  });
  return Response.json({ ran });
}
