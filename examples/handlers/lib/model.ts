import { openai } from "@ai-sdk/openai";
import { type LanguageModel, simulateReadableStream } from "ai";
import { MockLanguageModelV3 } from "ai/test";

const words = ["Hello", ", ", "I ", "am ", "a ", "model ", "without ", "a ", "network", "."];

// Without a key a local stand-in answers, so that the example runs anywhere.
const standIn = new MockLanguageModelV3({
  doStream: async () => ({
    stream: simulateReadableStream({
      chunkDelayInMs: 5,
      chunks: [
        { type: "text-start", id: "1" },
        ...words.map((delta) => ({ type: "text-delta" as const, id: "1", delta })),
        { type: "text-end", id: "1" },
        {
          type: "finish",
          finishReason: { unified: "stop", raw: undefined },
          usage: {
            inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
            outputTokens: { total: 10, text: 10, reasoning: undefined },
          },
        },
      ],
    }),
  }),
});

export const model: LanguageModel = process.env.OPENAI_API_KEY ? openai("gpt-5-mini") : standIn;
