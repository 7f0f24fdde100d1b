export const runtime = 'edge';

export async function GET() {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('edge'));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return Response.json({ hex, uuid: crypto.randomUUID().length, random: crypto.getRandomValues(new Uint8Array(4)).length });
}
