import { readFileSync } from 'node:fs';

export async function GET() {
  return new Response(readFileSync('data.txt'));
}
