import { headers } from "next/headers";

export async function GET() {
  const headersList = await headers();
  const referer = headersList.get("referer") ?? "none";

  return new Response("Hello!", {
    status: 200,
    headers: { "x-referer": referer },
  });
}
