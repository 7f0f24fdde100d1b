import { z } from "zod";
import { zfd } from "zod-form-data";

const schema = zfd.formData({
  name: zfd.text(z.string().min(2)),
  age: zfd.numeric(z.number().int().min(18)),
  newsletter: zfd.checkbox(),
  topics: zfd.repeatable(z.array(zfd.text()).min(1)),
  photo: zfd.file().optional(),
});

export async function POST(request: Request) {
  const parsed = schema.safeParse(await request.formData());
  if (!parsed.success) {
    return Response.json(z.flattenError(parsed.error), { status: 422 });
  }
  const { photo, ...fields } = parsed.data;
  return Response.json({
    ...fields,
    photo: photo && { name: photo.name, type: photo.type, size: photo.size },
  });
}
