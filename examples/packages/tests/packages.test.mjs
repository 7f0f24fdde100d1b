// Runs against any server of this project: BASE_URL says where. What the handlers speak to is started by services.mjs.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { test } from "node:test";

const base = process.env.BASE_URL ?? "http://localhost:3000";

const get = (path, headers = {}) => fetch(base + path, { headers, redirect: "manual" });
const post = (path, body, headers = {}) =>
  fetch(base + path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
const postForm = (path, fields) => {
  const form = new FormData();
  for (const [name, ...value] of fields) {
    form.append(name, ...value);
  }
  return fetch(base + path, { method: "POST", body: form });
};

async function answers(response, status, value) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.deepEqual(JSON.parse(text), value);
}

/** The `data:` of server-sent events. */
const data = (text) => [...text.matchAll(/^data: ?(.*)$/gm)].map(([, value]) => value);
/** The cookies that a response sets, as a request sends them back. */
const jar = (response) => response.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");

test("zod: a good body is parsed and transformed", async () => {
  const order = { email: "a@example.com", quantity: "3", delivery: { kind: "post", street: "Main" }, placed: "2030-05-06T07:08:09Z" };
  await answers(await post("/zod", order), 200, { ...order, quantity: 3, placed: "2030-05-06T07:08:09.000Z", year: 2030 });
});

test("zod: a bad body says what is wrong where", async () => {
  const order = { email: "a", quantity: 0, delivery: { kind: "drone" }, placed: "today" };
  const response = await post("/zod", order);
  assert.equal(response.status, 400);
  const { properties } = await response.json();
  assert.deepEqual(Object.keys(properties).sort(), ["delivery", "email", "placed", "quantity"]);
  assert.deepEqual(properties.email.errors, ["Invalid email address"]);
});

test("zod: a schema becomes a JSON schema", async () => {
  const response = await get("/zod");
  const schema = await response.json();
  assert.deepEqual([schema.type, schema.properties.email.format], ["object", "email"]);
});

test("zod-form-data: fields and a file of a form are typed", async () => {
  const picture = new File(["pixels"], "a.png", { type: "image/png" });
  const response = await postForm("/zod-form-data", [
    ["name", "Ann"], ["age", "42"], ["news", "on"], ["tags", "x"], ["tags", "y"], ["picture", picture],
  ]);
  await answers(response, 200, {
    name: "Ann", age: 42, news: true, tags: ["x", "y"],
    picture: { name: "a.png", type: "image/png", text: "pixels" },
  });
});

test("zod-form-data: an urlencoded form works as well, what is missing is undefined", async () => {
  const response = await fetch(`${base}/zod-form-data`, { method: "POST", body: new URLSearchParams({ name: "Ann", age: "" }) });
  await answers(response, 200, { name: "Ann", news: false, tags: [] });
});

test("zod-form-data: a wrong form says what is wrong", async () => {
  const response = await postForm("/zod-form-data", [["age", "7"]]);
  assert.equal(response.status, 400);
  assert.deepEqual(Object.keys((await response.json()).fieldErrors).sort(), ["age", "name"]);
});

test("ai: a text stream carries the model's words", async () => {
  const response = await post("/ai/text", { prompt: "one two three" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await response.text(), "one two three");
});

test("ai: a UI message stream is server-sent events in order", async () => {
  const response = await post("/ai/ui", { messages: [{ id: "1", role: "user", parts: [{ type: "text", text: "one two" }] }] });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(response.headers.get("x-vercel-ai-ui-message-stream"), "v1");
  const lines = data(await response.text());
  assert.equal(lines.pop(), "[DONE]");
  const parts = lines.map((line) => JSON.parse(line));
  const types = ["start", "start-step", "text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish"];
  assert.deepEqual(parts.map(({ type }) => type), types);
  assert.equal(parts.map(({ delta }) => delta ?? "").join(""), "one two");
});

test("ai: an object is generated to a schema", async () => {
  await answers(await post("/ai/object", { prompt: "say it" }), 200, { output: { echo: "say it" }, tokens: 7 });
});

test("ai: an error of the model is a part of the UI message stream", async () => {
  const response = await post("/ai/ui", { messages: [{ id: "1", role: "user", parts: [{ type: "text", text: "refuse" }] }] });
  assert.equal(response.status, 200);
  const parts = data(await response.text()).slice(0, -1).map((line) => JSON.parse(line));
  assert.deepEqual(parts.map(({ type }) => type), ["start", "error"]);
});

test("openai: a completion is answered", async () => {
  await answers(await post("/openai", { prompt: "hello there" }), 200, { text: "hello there" });
});

test("openai: an error of the API is the SDK's error", async () => {
  const expected = { error: "Error", status: 429, code: "rate_limit_exceeded", requestId: "req_1" };
  await answers(await post("/openai", { prompt: "overload" }), 502, expected);
});

test("openai: a stream of chunks is passed on line by line", async () => {
  const response = await post("/openai/stream", { prompt: "a b c" });
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const chunks = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(chunks.map(({ choices }) => choices[0].delta.content ?? "").join(""), "a b c");
  assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
});

const event = JSON.stringify({ id: "evt_1", object: "event", type: "invoice.paid", data: { object: { note: "5 € — paid" } } });
const signed = (secret = "whsec_local", time = Math.floor(Date.now() / 1000)) =>
  `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${event}`).digest("hex")}`;

for (const path of ["/stripe", "/stripe/async"]) {
  const send = (headers) => fetch(base + path, { method: "POST", body: event, headers });

  test(`stripe: ${path} takes an event with a good signature`, async () => {
    await answers(await send({ "stripe-signature": signed() }), 200, { received: true, type: "invoice.paid" });
  });

  test(`stripe: ${path} refuses a wrong, an old and a missing signature`, async () => {
    const refused = { received: false, signature: true };
    await answers(await send({ "stripe-signature": signed("whsec_other") }), 400, refused);
    await answers(await send({ "stripe-signature": signed("whsec_local", 1_700_000_000) }), 400, refused);
    await answers(await send({}), 400, refused);
  });
}

test("jose: a signed session is read back, a wrong or an old one refused", async () => {
  const signedIn = await post("/jose", { name: "Ann", minutes: 5 });
  const cookie = jar(signedIn);
  assert.match(signedIn.headers.get("set-cookie"), /^session=[\w.-]+; Path=\/jose; HttpOnly; SameSite=lax$/);
  await answers(await get("/jose", { cookie }), 200, { name: "Ann", alg: "HS256" });
  await answers(await get("/jose", { cookie: `${cookie}x` }), 401, { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
  await answers(await get("/jose"), 401, { code: "ERR_JWS_INVALID" });
  const old = jar(await post("/jose", { name: "Ann", minutes: -5 }));
  await answers(await get("/jose", { cookie: old }), 401, { code: "ERR_JWT_EXPIRED" });
});

test("jose: key pairs, key sets and encryption work", async () => {
  await answers(await get("/jose/keys"), 200, { sub: "me", kid: 43, text: "hidden" });
});

test("hono: routes, params and queries answer", async () => {
  await answers(await get("/hono/hello"), 200, { message: "Hello Next.js!" });
  const response = await get("/hono/hello/J%C3%B6rg?mood=merry%20there");
  assert.equal(response.headers.get("content-type"), "text/plain;charset=UTF-8");
  assert.equal(await response.text(), "Hello Jörg, merry there");
});

test("hono: bodies are read as JSON and as forms", async () => {
  await answers(await post("/hono/echo", { deep: ["ü"] }), 201, { deep: ["ü"] });
  const response = await postForm("/hono/form", [["title", "t"], ["file", new File(["12345"], "f.txt")]]);
  await answers(response, 200, { title: "t", file: { name: "f.txt", size: 5 } });
});

test("hono: cookies are set one by one and read back", async () => {
  const first = await get("/hono/count");
  assert.deepEqual(first.headers.getSetCookie(), ["count=1; Path=/hono; HttpOnly", "seen=yes; Path=/"]);
  assert.equal(await (await get("/hono/count", { cookie: "count=41" })).text(), "42");
});

test("hono: server-sent events stream", async () => {
  const response = await get("/hono/events");
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.deepEqual(data(await response.text()), ["message 0", "message 1", "message 2"]);
});

test("hono: redirects, errors and what is missing", async () => {
  const away = await get("/hono/away");
  assert.deepEqual([away.status, away.headers.get("location")], [302, "/hono/hello"]);
  const teapot = await get("/hono/teapot");
  assert.deepEqual([teapot.status, await teapot.text()], [418, "short and stout"]);
  await answers(await get("/hono/broken"), 500, { error: "a bug" });
  await answers(await get("/hono/nowhere"), 404, { missing: "/hono/nowhere" });
});

test("hono: its CORS middleware answers OPTIONS and marks replies", async () => {
  const preflight = await fetch(`${base}/hono/open/data`, {
    method: "OPTIONS",
    headers: { origin: "https://example.com", "access-control-request-method": "GET" },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://example.com");
  const response = await get("/hono/open/data", { origin: "https://example.com" });
  assert.equal(response.headers.get("access-control-allow-origin"), "https://example.com");
});

const input = (value) => encodeURIComponent(JSON.stringify(value));

test("trpc: a query is answered with the context's headers", async () => {
  const response = await get(`/trpc/greeting?input=${input({ name: "Ann" })}`);
  assert.equal(response.headers.get("x-served-by"), "trpc");
  await answers(response, 200, { result: { data: { text: "hello Ann" } } });
});

test("trpc: calls in one batch have answers of their own", async () => {
  const response = await get(`/trpc/greeting,whoami?batch=1&input=${input({ 0: { name: "Ann" } })}`, { "x-user": "bob" });
  await answers(response, 200, [{ result: { data: { text: "hello Ann" } } }, { result: { data: "bob" } }]);
});

test("trpc: errors have their status", async () => {
  const refused = await get("/trpc/whoami");
  assert.deepEqual([refused.status, (await refused.json()).error.data.code], [401, "UNAUTHORIZED"]);
  const wrong = await get(`/trpc/greeting?input=${input({ name: "A" })}`);
  assert.deepEqual([wrong.status, (await wrong.json()).error.data.code], [400, "BAD_REQUEST"]);
  assert.equal((await get("/trpc/none")).status, 404);
  assert.equal((await post("/trpc/whoami", {})).status, 405);
});

test("trpc: mutations take JSON and forms", async () => {
  const first = (await (await post("/trpc/addNote", "one")).json()).result.data;
  const second = (await (await post("/trpc/addNote", "two")).json()).result.data;
  assert.equal(second, first + 1);
  const upload = await postForm("/trpc/upload", [["file", new File(["text"], "n.txt")]]);
  await answers(upload, 200, { result: { data: { name: "n.txt", text: "text" } } });
});

test("trpc: its own client reads a batch as a stream", async () => {
  const { createTRPCClient, httpBatchStreamLink } = await import("@trpc/client");
  const client = createTRPCClient({ links: [httpBatchStreamLink({ url: `${base}/trpc`, headers: { "x-user": "bob" } })] });
  const [who, count] = await Promise.all([client.whoami.query(), client.countdown.query(3)]);
  assert.equal(who, "bob");
  const left = [];
  for await (const number of count) {
    left.push(number);
  }
  assert.deepEqual(left, [3, 2, 1]);
});

test("trpc: a subscription is server-sent events", async () => {
  const response = await get("/trpc/ticks", { accept: "text/event-stream" });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const lines = data(await response.text());
  assert.deepEqual(lines.filter((line) => line.startsWith('"')), ['"tick"', '"tock"']);
});

const graphql = (query, variables, headers) => post("/graphql", { query, variables }, headers);

test("graphql-yoga: queries come by POST and by GET", async () => {
  const response = await graphql("query ($name: String) { greetings(name: $name) }", { name: "Jörg" });
  assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
  await answers(response, 200, { data: { greetings: "Hello Jörg" } });
  await answers(await get("/graphql?query=%7Bgreetings%7D"), 200, { data: { greetings: "Hello Yoga" } });
});

test("graphql-yoga: without fetchAPI it makes responses of the platform's class", async () => {
  await answers(await post("/graphql/plain", { query: "{ here }" }), 200, { data: { here: "yes" } });
});

test("graphql-yoga: resolvers see the request, their errors are masked", async () => {
  await answers(await graphql("{ secret }", {}, { authorization: "Bearer key" }), 200, { data: { secret: "the cake" } });
  const { errors } = await (await graphql("{ secret }")).json();
  assert.equal(errors[0].message, "Unexpected error.");
  assert.equal((await graphql("{ nothing }")).status, 200);
});

test("graphql-yoga: a file is uploaded", async () => {
  const operations = { query: "mutation ($file: File!) { size(file: $file) }", variables: { file: null } };
  const response = await postForm("/graphql", [
    ["operations", JSON.stringify(operations)], ["map", '{"0":["variables.file"]}'], ["0", new File(["12345"], "f.txt")],
  ]);
  await answers(response, 200, { data: { size: 5 } });
});

test("graphql-yoga: a subscription is server-sent events", async () => {
  const response = await graphql("subscription { countdown(from: 3) }", {}, { accept: "text/event-stream" });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const left = data(await response.text()).filter(Boolean).map((line) => JSON.parse(line).data.countdown);
  assert.deepEqual(left, [3, 2, 1]);
});

test("graphql-yoga: its page and its CORS answer are there", async () => {
  const page = await get("/graphql", { accept: "text/html" });
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  const preflight = await fetch(`${base}/graphql`, {
    method: "OPTIONS",
    headers: { origin: "https://example.com", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://example.com");
});

test("better-auth: signing up, the session, signing out and in again", async () => {
  const email = `${randomUUID()}@example.com`;
  // Better Auth takes writing requests with cookies from its own origin only.
  const origin = { origin: "http://localhost:3000" };
  assert.equal((await get("/me")).status, 401);

  const signedUp = await post("/api/auth/sign-up/email", { email, password: "correct horse", name: "Ann" }, origin);
  assert.equal(signedUp.status, 200, await signedUp.clone().text());
  assert.match(signedUp.headers.get("set-cookie"), /^better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = jar(signedUp);
  await answers(await get("/me", { cookie }), 200, { name: "Ann", email });
  const session = await (await get("/api/auth/get-session", { cookie })).json();
  assert.equal(session.user.email, email);

  const signedOut = await post("/api/auth/sign-out", {}, { ...origin, cookie });
  await answers(signedOut, 200, { success: true });
  assert.match(signedOut.headers.get("set-cookie"), /^better-auth\.session_token=; Max-Age=0; Path=\//);
  assert.equal((await get("/me", { cookie })).status, 401);

  const wrong = await post("/api/auth/sign-in/email", { email, password: "wrong horse" }, origin);
  assert.equal(wrong.status, 401);
  const signedIn = await post("/api/auth/sign-in/email", { email, password: "correct horse" }, origin);
  await answers(await get("/me", { cookie: jar(signedIn) }), 200, { name: "Ann", email });

  const onServer = await post("/me", { email, password: "correct horse" });
  assert.equal(onServer.status, 200);
  await answers(await get("/me", { cookie: jar(onServer) }), 200, { name: "Ann", email });
});

test("drizzle: a transaction writes, joins and relations read", async () => {
  const author = randomUUID();
  const titles = [["Late", 2001], ["Early", 1999], ["Next", 2002]];
  await answers(await post("/drizzle", { author, titles }), 201, { total: 3 });
  const recent = [{ title: "Late", by: author }, { title: "Next", by: author }];
  await answers(await get(`/drizzle?author=${author}&since=2000`), 200, { books: 3, recent });
});

test("drizzle: a failed transaction is 500 and leaves nothing", async () => {
  const author = randomUUID();
  assert.equal((await post("/drizzle", { author, titles: [[null, 1]] })).status, 500);
  await answers(await get(`/drizzle?author=${author}`), 200, { books: null, recent: [] });
});

test("sharp: a picture is drawn and resized", async () => {
  const response = await get("/sharp?width=100");
  assert.equal(response.headers.get("content-type"), "image/webp");
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.deepEqual([bytes.toString("latin1", 0, 4), bytes.toString("latin1", 8, 12)], ["RIFF", "WEBP"]);
  assert.equal(bytes.readUInt32LE(4), bytes.length - 8);
});

test("sharp: an uploaded picture is described, what is none refused", async () => {
  const picture = new File([await (await get("/sharp?width=80")).arrayBuffer()], "p.webp");
  await answers(await postForm("/sharp", [["picture", picture]]), 200, { format: "webp", size: [80, 40], turned: [40, 80] });
  const refused = await postForm("/sharp", [["picture", new File(["text"], "p.webp")]]);
  await answers(refused, 422, { error: "Input buffer contains unsupported image format" });
});

test("ioredis: commands in a transaction, and bytes", async () => {
  const key = randomUUID();
  await answers(await get(`/ioredis?key=${key}`), 200, { count: 1, expires: 1, bytes: 1 });
  await answers(await get(`/ioredis?key=${key}`), 200, { count: 2, expires: 1, bytes: 1 });
});

test("ioredis: what is published reaches the stream of a subscriber", async () => {
  const response = await post(`/ioredis?channel=${randomUUID()}`, ["one", "two"]);
  assert.deepEqual(data(await response.text()), ["one", "two", "end"]);
});

test("pg: values keep their types", async () => {
  await answers(await get("/pg"), 200, {
    number: 42,
    document: { deep: [true] },
    moment: "2030-01-02T03:04:05.000Z",
    bytes: "xyz",
    list: ["a", "b"],
    columns: ["number", "document", "moment", "bytes", "list"],
  });
});

test("pg: a transaction commits, a rule of the database rolls one back", async () => {
  const [from, to] = [`a-${randomUUID()}`, `b-${randomUUID()}`];
  await answers(await post("/pg", { from, to, amount: 4 }), 200, [{ owner: from, coins: 6 }, { owner: to, coins: 14 }]);
  await answers(await post("/pg", { from, to, amount: 7 }), 409, { code: "23514", rule: "purses_coins_check" });
  await answers(await post("/pg", { from, to, amount: 6 }), 200, [{ owner: from, coins: 0 }, { owner: to, coins: 20 }]);
});

test("pg: more requests than connections wait for their turn", async () => {
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await get("/pg")).status));
  assert.deepEqual(new Set(statuses), new Set([200]));
});
