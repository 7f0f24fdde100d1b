import { attempt } from '../../lib/attempt';

export async function POST(request) {
  const form = await attempt(() => request.formData());
  if (typeof form === 'string') {
    return Response.json({ error: form });
  }
  const entries = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      entries.push([name, value]);
      continue;
    }
    entries.push([name, { file: value instanceof File, name: value.name, type: value.type, size: value.size, text: (await value.text()).slice(0, 60) }]);
  }
  return Response.json({ isForm: form instanceof FormData, entries });
}
