import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });

export async function POST(request: Request) {
  const { prompt } = (await request.json()) as { prompt: string };
  try {
    const completion = await client.chat.completions.create({
      model: "gpt-5",
      messages: [{ role: "user", content: prompt }],
    });
    return Response.json({ text: completion.choices[0]?.message.content });
  } catch (error) {
    if (error instanceof OpenAI.APIError) {
      return Response.json(
        { error: error.name, status: error.status, code: error.code, requestId: error.requestID },
        { status: 502 },
      );
    }
    throw error;
  }
}
