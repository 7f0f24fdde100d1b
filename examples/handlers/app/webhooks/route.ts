export async function POST(request: Request) {
  try {
    const text = await request.text();
    JSON.parse(text);
  } catch (error) {
    return new Response(`Webhook error: ${error instanceof Error ? error.name : "unknown"}`, {
      status: 400,
    });
  }

  return new Response("Success!", {
    status: 200,
  });
}
