import { notFound, redirect } from 'next/navigation';

export const runtime = 'edge';

export function GET() {
  const found = [];
  for (const run of [() => redirect('/a'), () => notFound()]) {
    try {
      run();
    } catch (error) {
      found.push([error.message, error.digest]);
    }
  }
  return Response.json(found);
}
