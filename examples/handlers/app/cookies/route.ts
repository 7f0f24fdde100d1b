import { cookies } from "next/headers";

export async function GET() {
  const cookieStore = await cookies();

  const a = cookieStore.get("a");
  cookieStore.set("b", "1", { httpOnly: true, sameSite: "lax", maxAge: 3600 });
  cookieStore.delete("c");

  return Response.json({ a: a?.value ?? null, c: cookieStore.get("c")?.value });
}
