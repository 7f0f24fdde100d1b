import { openai } from "@ai-sdk/openai";
import { generateText, Output } from "ai";
import { z } from "zod";

export async function POST(request: Request) {
  const { prompt } = (await request.json()) as { prompt: string };
  const { output, usage } = await generateText({
    model: openai.chat("gpt-5"),
    output: Output.object({ schema: z.object({ echo: z.string() }) }),
    prompt,
  });

  return Response.json({ output, tokens: usage.totalTokens });
}
