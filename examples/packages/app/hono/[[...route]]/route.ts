import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { streamSSE } from "hono/streaming";
import { handle } from "hono/vercel";

const app = new Hono().basePath("/hono");

app.use("/open/*", cors({ origin: "https://example.com" }));

app.get("/hello", (c) => c.json({ message: "Hello Next.js!" }));
app.get("/hello/:name", (c) => c.text(`Hello ${c.req.param("name")}, ${c.req.query("mood") ?? "calm"}`));
app.get("/open/data", (c) => c.json({ open: true }));
app.post("/echo", async (c) => c.json(await c.req.json(), 201));
app.post("/form", async (c) => {
  const { title, file } = await c.req.parseBody();
  return c.json({ title, file: file instanceof File ? { name: file.name, size: file.size } : null });
});
app.get("/count", (c) => {
  const count = Number(getCookie(c, "count") ?? "0") + 1;
  setCookie(c, "count", String(count), { path: "/hono", httpOnly: true });
  setCookie(c, "seen", "yes");
  return c.text(String(count));
});
app.get("/events", (c) =>
  streamSSE(c, async (stream) => {
    for (let id = 0; id < 3; id++) {
      await stream.writeSSE({ data: `message ${id}`, event: "tick", id: String(id) });
    }
  }),
);
app.get("/away", (c) => c.redirect("/hono/hello"));
app.get("/teapot", () => {
  throw new HTTPException(418, { message: "short and stout" });
});
app.get("/broken", () => {
  throw new Error("a bug");
});
app.onError((error, c) =>
  error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 500),
);
app.notFound((c) => c.json({ missing: c.req.path }, 404));

export const GET = handle(app);
export const POST = handle(app);
export const OPTIONS = handle(app);
