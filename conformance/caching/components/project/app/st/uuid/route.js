import { randomUUID } from 'node:crypto';

export async function GET() {
  return new Response(String(randomUUID().length));
}
