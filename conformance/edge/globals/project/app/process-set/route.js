export const runtime = 'edge';

export function GET() {
  process.env.SET_BY_HANDLER = 'yes';
  process.version = 'v0';
  return Response.json({ env: process.env.SET_BY_HANDLER, version: process.version });
}
