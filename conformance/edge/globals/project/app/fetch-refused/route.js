export const runtime = 'edge';

export async function GET() {
  try {
    await fetch('http://127.0.0.1:1/', { cache: 'no-store' });
    return new Response('answered');
  } catch (error) {
    return new Response(`${error.name}: ${error.message}`);
  }
}
