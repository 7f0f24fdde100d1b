import { calls } from '../../../lib/calls';
import { outcome } from '../../../lib/show.js';

export async function GET(request: Request, { params }: { params: Promise<{ name: string }> }) {
  const { name } = await params;
  const call = () => calls[name](`${name} 7`);
  // What ends a handler is not caught.
  return Response.json(name === 'gone' || name === 'moved' ? await call() : await outcome(call));
}
