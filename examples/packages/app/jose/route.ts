import { errors, jwtVerify, SignJWT } from "jose";
import { cookies } from "next/headers";

const secret = new TextEncoder().encode(process.env.JWT_SECRET ?? "a-secret-of-32-bytes-for-a-test!");

export async function POST(request: Request) {
  const { name, minutes } = (await request.json()) as { name: string; minutes: number };
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ name })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuedAt(now)
    .setIssuer("packages")
    .setExpirationTime(now + minutes * 60)
    .sign(secret);
  (await cookies()).set("session", token, { httpOnly: true, sameSite: "lax", path: "/jose" });
  return Response.json({ signedIn: name });
}

export async function GET() {
  const token = (await cookies()).get("session")?.value;
  try {
    const { payload, protectedHeader } = await jwtVerify(token ?? "", secret, { issuer: "packages" });
    return Response.json({ name: payload.name, alg: protectedHeader.alg });
  } catch (error) {
    const code = error instanceof errors.JOSEError ? error.code : "unknown";
    return Response.json({ code }, { status: 401 });
  }
}
