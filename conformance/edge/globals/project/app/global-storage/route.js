export const runtime = 'edge';

const storage = new AsyncLocalStorage();

export async function GET() {
  const found = await storage.run({ a: 1 }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return storage.getStore();
  });
  return Response.json(found);
}
