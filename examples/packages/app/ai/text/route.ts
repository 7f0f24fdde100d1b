import { openai } from "@ai-sdk/openai";
import { streamText } from "ai";

export const maxDuration = 30;

export async function POST(request: Request) {
  const { prompt } = (await request.json()) as { prompt: string };
  const result = streamText({ model: openai("gpt-5"), prompt, abortSignal: request.signal });

  return result.toTextStreamResponse();
}
