import { type ModelMessage, streamText } from "ai";

import { model } from "@/lib/model";

export async function POST(request: Request) {
  const { messages } = (await request.json()) as { messages: ModelMessage[] };
  const result = streamText({ model, messages, abortSignal: request.signal });

  return result.toTextStreamResponse();
}
