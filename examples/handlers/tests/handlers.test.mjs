// Runs against any server of this project: BASE_URL says where.
import assert from "node:assert/strict";
import { test } from "node:test";

import Stripe from "stripe";

const base = process.env.BASE_URL ?? "http://localhost:3000";
const call = (path, init = {}) => fetch(base + path, { redirect: "manual", ...init });
const json = async (path, init) => (await call(path, init)).json();

test("each method reaches its function", async () => {
  for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
    assert.deepEqual(await json("/methods", { method }), { method });
  }
  const head = await call("/methods", { method: "HEAD" });
  assert.equal(head.headers.get("x-method"), "HEAD");
  assert.equal(await head.text(), "");
});

test("OPTIONS is answered from the other methods", async () => {
  const response = await call("/methods", { method: "OPTIONS" });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("allow"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
});

test("cookies() reads, sets and deletes", async () => {
  const response = await call("/cookies", { headers: { cookie: "a=one; c=three" } });
  assert.deepEqual(await response.json(), { a: "one", c: "" });
  const [b, c] = response.headers.getSetCookie().sort();
  assert.match(b, /^b=1; Path=\/; Expires=[^;]+; Max-Age=3600; HttpOnly; SameSite=lax$/);
  assert.equal(c, "c=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
});

test("a Set-Cookie header of the response is sent as it is", async () => {
  const response = await call("/cookies/response", { headers: { cookie: "token=abc" } });
  assert.deepEqual(response.headers.getSetCookie(), ["token=abc"]);
});

test("request.cookies reads", async () => {
  assert.deepEqual(await json("/cookies/request", { headers: { cookie: "token=a%20b; x=1" } }), { token: "a b", count: 2 });
  assert.deepEqual(await json("/cookies/request"), { token: null, count: 0 });
});

test("headers() reads and the response sets", async () => {
  const response = await call("/headers", { headers: { referer: "https://example.com/" } });
  assert.equal(response.headers.get("x-referer"), "https://example.com/");
  assert.equal(await response.text(), "Hello!");
});

test("request.headers can be copied", async () => {
  assert.deepEqual(await json("/headers/request", { headers: { "user-agent": "tester" } }), { agent: "tester", copied: "yes", original: null });
});

test("redirect() is 307, and 303 after a form", async () => {
  const response = await call("/redirect");
  assert.equal(response.status, 307);
  assert.equal(response.headers.get("location"), "https://nextjs.org/");
  const posted = await call("/redirect", { method: "POST", body: new URLSearchParams({ a: "1" }), headers: { "content-type": "application/x-www-form-urlencoded" } });
  assert.equal(posted.status, 303);
  assert.equal(posted.headers.get("location"), "/redirect/done");
});

test("dynamic segments reach the handler", async () => {
  assert.deepEqual(await json("/items/b"), { slug: "b" });
  assert.deepEqual(await json("/shop/shoes/red%20one"), { tag: "shoes", item: "red one" });
  assert.deepEqual(await json("/blog/2026/11/title"), { slug: ["2026", "11", "title"] });
});

test("the query reaches the handler", async () => {
  assert.deepEqual(await json("/search?query=hello&tag=a&tag=b%26c"), { query: "hello", tags: ["a", "b&c"] });
});

test("a stream arrives piece by piece", async () => {
  const started = performance.now();
  const reader = (await call("/stream")).body.getReader();
  const decoder = new TextDecoder();
  const first = decoder.decode((await reader.read()).value);
  const afterFirst = performance.now() - started;
  let text = first;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += decoder.decode(piece.value);
  }
  assert.equal(first, "<p>One</p>");
  assert.equal(text, "<p>One</p><p>Two</p><p>Three</p>");
  assert.ok(performance.now() - started - afterFirst > 300, "the rest comes later than the first piece");
});

test("events flow until the client goes, and the handler learns of it", async () => {
  const leave = new AbortController();
  const response = await call("/stream/events", { headers: { accept: "text/event-stream" }, signal: leave.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("tick 3")) {
    text += (await reader.read()).value;
  }
  assert.match(text, /^id: 1\ndata: tick 1\n\n/);
  assert.equal((await json("/stream/events")).open, 1);
  leave.abort();
  await assert.rejects(reader.read());
  const deadline = Date.now() + 5000;
  while ((await json("/stream/events")).open !== 0) {
    assert.ok(Date.now() < deadline, "the stream is still open 5 s after the client has gone");
  }
});

test("the AI SDK streams text", async () => {
  const body = JSON.stringify({ messages: [{ role: "user", content: "Who are you?" }] });
  const response = await call("/chat", { method: "POST", body });
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await response.text(), "Hello, I am a model without a network.");
});

test("the AI SDK streams UI messages", async () => {
  const messages = [{ id: "1", role: "user", parts: [{ type: "text", text: "Who are you?" }] }];
  const response = await call("/chat/ui", { method: "POST", body: JSON.stringify({ messages }) });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(response.headers.get("x-vercel-ai-ui-message-stream"), "v1");
  const events = (await response.text()).split("\n\n").filter(Boolean).map((event) => event.replace(/^data: /, ""));
  assert.equal(events.at(-1), "[DONE]");
  const deltas = events.slice(0, -1).map((event) => JSON.parse(event)).filter((event) => event.type === "text-delta");
  assert.equal(deltas.map((event) => event.delta).join(""), "Hello, I am a model without a network.");
});

test("a JSON body is read", async () => {
  const sent = { a: [1, "two", null], b: { c: "ü" } };
  assert.deepEqual(await json("/items", { method: "POST", body: JSON.stringify(sent) }), { res: sent });
});

test("a form is read", async () => {
  const form = new FormData();
  form.set("name", "Ada");
  form.set("email", "ada@example.com");
  assert.deepEqual(await json("/contact", { method: "POST", body: form }), { name: "Ada", email: "ada@example.com" });
  const urlencoded = new URLSearchParams({ name: "Grace H", email: "grace@example.com" });
  assert.deepEqual(await json("/contact", { method: "POST", body: urlencoded }), { name: "Grace H", email: "grace@example.com" });
});

test("zod-form-data checks a form with a file", async () => {
  const form = new FormData();
  form.set("name", "Ada");
  form.set("age", "36");
  form.set("newsletter", "on");
  form.append("topics", "engines");
  form.append("topics", "numbers");
  form.set("photo", new File([new Uint8Array(70_000).fill(7)], "ada.png", { type: "image/png" }));
  assert.deepEqual(await json("/contact/checked", { method: "POST", body: form }), {
    name: "Ada",
    age: 36,
    newsletter: true,
    topics: ["engines", "numbers"],
    photo: { name: "ada.png", type: "image/png", size: 70_000 },
  });
});

test("zod-form-data says what is wrong", async () => {
  const form = new FormData();
  form.set("name", "A");
  form.set("age", "seventeen");
  const response = await call("/contact/checked", { method: "POST", body: form });
  assert.equal(response.status, 422);
  assert.deepEqual(Object.keys((await response.json()).fieldErrors).sort(), ["age", "name", "topics"]);
});

test("CORS headers are sent, preflights are answered", async () => {
  const response = await call("/cors");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  const preflight = await call("/cors", { method: "OPTIONS" });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-max-age"), "600");
  assert.equal(preflight.headers.get("allow"), null);
});

test("a webhook answers by what it can read", async () => {
  assert.equal(await (await call("/webhooks", { method: "POST", body: "{}" })).text(), "Success!");
  const broken = await call("/webhooks", { method: "POST", body: "{" });
  assert.equal(broken.status, 400);
  assert.equal(await broken.text(), "Webhook error: SyntaxError");
});

test("a webhook signed by stripe is accepted, byte for byte", async () => {
  const stripe = new Stripe("sk_test_local");
  const payload = '{\n  "id": "evt_1",  "object": "event", "type": "invoice.paid", "data": { "object": { "name": "Jürgen €" } }\n}';
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec_local" });
  const send = (body, header) => call("/webhooks/stripe", { method: "POST", body, headers: header ? { "stripe-signature": header } : {} });
  const accepted = await send(payload, signature);
  assert.equal(accepted.status, 200);
  assert.deepEqual(await accepted.json(), { received: "invoice.paid", id: "evt_1" });
  assert.equal((await send(payload.replace("paid", "void"), signature)).status, 400);
  assert.equal((await send(payload, stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec_other" }))).status, 400);
  assert.equal((await send(payload)).status, 400);
});

test("a route may look like a file", async () => {
  const response = await call("/rss.xml");
  assert.equal(response.headers.get("content-type"), "text/xml");
  assert.match(await response.text(), /^<\?xml version="1\.0"/);
});

test("a route with segment config runs on every request", async () => {
  const [first, second] = [await json("/config"), await json("/config")];
  assert.equal(second.calls, first.calls + 1);
  assert.equal(first.runtime, "nodejs");
});

// Under `dev` replies are made for each request; what functions keep is kept there too. Routes with listed params say HIT there all the
// same, as under `next dev`.
const isStored = (response) => response.headers.has("x-nextjs-cache");

test("a static route is answered with the reply that was made", async () => {
  const [first, second] = [await call("/posts"), await call("/posts")];
  assert.deepEqual(await first.json(), await second.json());
  if (isStored(second)) {
    assert.equal(second.headers.get("x-nextjs-cache"), "HIT");
    assert.equal(second.headers.get("cache-control"), "s-maxage=3600, stale-while-revalidate=31532400");
  }
});

test("revalidateTag drops what carries the tag", async () => {
  const before = await json("/posts");
  await json("/posts/refresh", { method: "POST", body: "{}" });
  const after = await json("/posts");
  assert.deepEqual(after.posts, before.posts);
  assert.ok(after.readAt > before.readAt);
});

test("params that the build does not know are made when they are asked for", async () => {
  assert.deepEqual(await json("/posts/1"), { id: "1", title: "Hello" });
  assert.deepEqual(await json("/posts/2"), { id: "2", title: "World" });
  assert.equal((await call("/posts/3")).status, 404);
});

test("revalidatePath drops the reply of a path", async () => {
  await call("/posts/2");
  const kept = await call("/posts/2");
  await json("/posts/refresh", { method: "POST", body: JSON.stringify({ path: "/posts/2" }) });
  const made = await call("/posts/2");
  assert.deepEqual(await made.json(), await kept.json());
  if (isStored(await call("/posts"))) {
    assert.deepEqual([kept.headers.get("x-nextjs-cache"), made.headers.get("x-nextjs-cache")], ["HIT", "MISS"]);
  }
});
