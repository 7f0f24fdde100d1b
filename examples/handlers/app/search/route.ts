import type { NextRequest } from "next/server";

export function GET(request: NextRequest) {
  const searchParams = request.nextUrl.searchParams;
  const query = searchParams.get("query");
  return Response.json({ query, tags: searchParams.getAll("tag") });
}
