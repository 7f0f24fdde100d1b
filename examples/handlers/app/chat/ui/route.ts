import { convertToModelMessages, streamText, type UIMessage } from "ai";

import { model } from "@/lib/model";

export const maxDuration = 30;

export async function POST(request: Request) {
  const { messages } = (await request.json()) as { messages: UIMessage[] };
  const result = streamText({ model, messages: await convertToModelMessages(messages) });

  return result.toUIMessageStreamResponse();
}
