import { headers } from "next/headers";

import { auth } from "@/lib/auth";
import { migrated } from "@/lib/db";

export async function GET() {
  await migrated();
  const session = await auth.api.getSession({ headers: await headers() });
  return session ? Response.json({ name: session.user.name, email: session.user.email }) : new Response(null, { status: 401 });
}

// Signs in on the server's side: the plugin `nextCookies` hands the cookie to `cookies()`.
export async function POST(request: Request) {
  await migrated();
  const { email, password } = (await request.json()) as { email: string; password: string };
  const { user } = await auth.api.signInEmail({ body: { email, password }, headers: await headers() });
  return Response.json({ name: user.name });
}
