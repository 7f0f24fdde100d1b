export const runtime = 'edge';

export function GET() {
  return Response.json({ folder: typeof __dirname, file: typeof __filename });
}
