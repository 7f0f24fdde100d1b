import { z } from "zod";

const order = z.object({
  email: z.email(),
  quantity: z.coerce.number().int().positive(),
  delivery: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("pickup") }),
    z.object({ kind: z.literal("post"), street: z.string().min(1) }),
  ]),
  placed: z.iso.datetime().transform((text) => new Date(text)),
});

export async function POST(request: Request) {
  const result = order.safeParse(await request.json());
  if (!result.success) {
    return Response.json(z.treeifyError(result.error), { status: 400 });
  }
  return Response.json({ ...result.data, year: result.data.placed.getUTCFullYear() });
}

export function GET() {
  return Response.json(z.toJSONSchema(order, { io: "input" }));
}
