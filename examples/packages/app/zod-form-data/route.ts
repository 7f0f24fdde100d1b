import { z } from "zod";
import { zfd } from "zod-form-data";

const schema = zfd.formData({
  name: zfd.text(z.string().max(20)),
  age: zfd.numeric(z.number().min(18).optional()),
  news: zfd.checkbox(),
  tags: zfd.repeatable(z.array(zfd.text())),
  picture: zfd.file(z.instanceof(File).optional()),
});

export async function POST(request: Request) {
  const result = schema.safeParse(await request.formData());
  if (!result.success) {
    return Response.json(z.flattenError(result.error), { status: 400 });
  }
  const { picture, ...fields } = result.data;
  return Response.json({
    ...fields,
    picture: picture && {
      name: picture.name,
      type: picture.type,
      text: await picture.text(),
    },
  });
}
