export const runtime = 'edge';

export function GET() {
  return Response.json({ url: typeof import.meta.url, folder: typeof import.meta.dirname, env: typeof import.meta.env });
}
