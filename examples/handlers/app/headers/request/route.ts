import type { NextRequest } from "next/server";

export async function GET(request: NextRequest) {
  const requestHeaders = new Headers(request.headers);
  requestHeaders.set("x-copied", "yes");
  return Response.json({
    agent: requestHeaders.get("User-Agent"),
    copied: requestHeaders.get("x-copied"),
    original: request.headers.get("x-copied"),
  });
}
