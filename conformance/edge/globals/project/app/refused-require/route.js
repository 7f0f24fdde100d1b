export const runtime = 'edge';

export function GET() {
  try {
    return new Response(typeof require('node:path'));
  } catch (error) {
    return new Response(`${error.name}: ${error.message}`);
  }
}
