import { toNextJsHandler } from "better-auth/next-js";

import { auth } from "@/lib/auth";
import { migrated } from "@/lib/db";

const handlers = toNextJsHandler(auth);

export async function GET(request: Request) {
  await migrated();
  return handlers.GET(request);
}

export async function POST(request: Request) {
  await migrated();
  return handlers.POST(request);
}
