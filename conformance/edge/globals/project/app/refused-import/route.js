import fs from 'fs';

export const runtime = 'edge';

export function GET() {
  try {
    return new Response(typeof fs.readFileSync);
  } catch (error) {
    return new Response(`${error.name}: ${error.message}`);
  }
}
