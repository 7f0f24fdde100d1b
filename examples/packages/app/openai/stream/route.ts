import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });

export async function POST(request: Request) {
  const { prompt } = (await request.json()) as { prompt: string };
  const stream = await client.chat.completions.create({
    model: "gpt-5",
    messages: [{ role: "user", content: prompt }],
    stream: true,
  });

  return new Response(stream.toReadableStream(), {
    headers: { "content-type": "application/x-ndjson" },
  });
}
