import type { NextRequest } from "next/server";

import { getRedis } from "@/lib/redis";

export async function GET(request: NextRequest) {
  const key = request.nextUrl.searchParams.get("key") ?? "";
  const redis = getRedis();
  const results = await redis.multi().incr(`count:${key}`).expire(`count:${key}`, 60).exec();
  const [count, expires] = results?.map(([error, value]) => error?.message ?? value) ?? [];
  return Response.json({ count, expires, bytes: (await redis.getBuffer(`count:${key}`))?.length });
}

// What is published on a channel, as server-sent events until the word `end`.
export async function POST(request: NextRequest) {
  const channel = request.nextUrl.searchParams.get("channel") ?? "";
  const words = (await request.json()) as string[];
  const redis = getRedis();
  const subscriber = redis.duplicate();
  await subscriber.subscribe(channel);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      subscriber.on("message", (_channel: string, word: string) => {
        controller.enqueue(encoder.encode(`data: ${word}\n\n`));
        if (word === "end") {
          controller.close();
          subscriber.disconnect();
        }
      });
    },
    cancel() {
      subscriber.disconnect();
    },
  });
  for (const word of [...words, "end"]) {
    await redis.publish(channel, word);
  }
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
