// A stand-in for the OpenAI API: repeats the last thing that the user said, word by word if a stream was asked for.
// It knows one key (`sk-local`), and answers `overload` and `refuse` with an error.

export async function answer(request, response) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8"));
  response.setHeader("x-request-id", "req_1");
  if (request.headers.authorization !== "Bearer sk-local") {
    return fail(response, 401, "invalid_api_key");
  }
  const said = lastWords(body.messages ?? body.input ?? []);
  if (said === "overload") {
    return fail(response, 429, "rate_limit_exceeded");
  }
  if (said === "refuse") {
    return fail(response, 400, "invalid_prompt");
  }
  switch (request.url) {
    case "/v1/chat/completions":
      return body.stream ? streamCompletion(response, body, said) : completion(response, body, said);
    case "/v1/responses":
      return streamResponse(response, body, said);
    default:
      return fail(response, 404, "unknown_url");
  }
}

function lastWords(messages) {
  const { content } = messages.findLast(({ role }) => role === "user") ?? { content: "" };
  return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

function json(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function fail(response, status, code) {
  json(response, status, { error: { message: `failed: ${code}`, type: "error", param: null, code } });
}

function completion(response, { model, response_format }, said) {
  const content = response_format === undefined ? said : JSON.stringify({ echo: said });
  json(response, 200, {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
}

const words = (text) => text.split(/(?<= )/);

function streamCompletion(response, { model }, said) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (delta, finish_reason) => {
    const choices = [{ index: 0, delta, finish_reason }];
    const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model, choices };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  for (const content of words(said)) {
    send({ content }, null);
  }
  send({}, "stop");
  response.end("data: [DONE]\n\n");
}

function streamResponse(response, { model }, said) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sequence_number = 0;
  const send = (type, fields) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`);
    sequence_number += 1;
  };
  const item = { id: "msg_1", type: "message", role: "assistant" };
  const whole = { id: "resp_1", object: "response", created_at: 1, model };
  send("response.created", { response: { ...whole, status: "in_progress", output: [] } });
  send("response.output_item.added", { output_index: 0, item: { ...item, status: "in_progress", content: [] } });
  for (const delta of words(said)) {
    send("response.output_text.delta", { item_id: "msg_1", output_index: 0, content_index: 0, delta });
  }
  const content = [{ type: "output_text", text: said, annotations: [] }];
  send("response.output_item.done", { output_index: 0, item: { ...item, status: "completed", content } });
  const usage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };
  send("response.completed", { response: { ...whole, status: "completed", output: [{ ...item, content }], usage } });
  response.end();
}
