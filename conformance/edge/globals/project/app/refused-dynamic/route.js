export const runtime = 'edge';

async function tried(load) {
  try {
    return typeof (await load());
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export async function GET() {
  return Response.json([
    await tried(() => import('node:path')),
    await tried(async () => (await import('fs/promises')).readFile),
  ]);
}
