import type { NextRequest } from "next/server";

// RouteContext is a global type: nothing to import.
export async function GET(_request: NextRequest, ctx: RouteContext<"/shop/[tag]/[item]">) {
  const { tag, item } = await ctx.params;
  return Response.json({ tag, item });
}
