import { cookies } from "next/headers";

export async function GET() {
  const cookieStore = await cookies();
  const token = cookieStore.get("token");

  return new Response("Hello!", {
    status: 200,
    headers: { "Set-Cookie": `token=${token?.value ?? "none"}` },
  });
}
