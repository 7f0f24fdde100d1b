export async function POST(request) {
  const form = await request.formData();
  return Response.json({ a: form.get('a'), all: form.getAll('a'), has: form.has('b'), keys: [...form.keys()], missing: form.get('z') });
}
