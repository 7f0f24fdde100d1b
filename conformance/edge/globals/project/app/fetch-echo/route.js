export const dynamic = 'force-dynamic';

export function GET(request) {
  return Response.json({ agent: request.headers.get('user-agent'), accept: request.headers.get('accept') });
}
