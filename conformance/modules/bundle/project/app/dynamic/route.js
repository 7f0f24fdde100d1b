export async function GET() {
  const [module, json] = await Promise.all([import('../../lib/deep/one.js'), import('../../lib/data.json')]);
  return Response.json({ keys: Object.keys(module).sort(), list: json.list });
}
