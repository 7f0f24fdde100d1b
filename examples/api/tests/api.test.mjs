// Runs against any server of this project: BASE_URL says where.
import assert from "node:assert/strict";
import { test } from "node:test";

const base = process.env.BASE_URL ?? "http://localhost:3000";

const call = (path, method = "GET", body = undefined) =>
  fetch(base + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });

async function added(fields) {
  const response = await call("/todos", "POST", fields);
  assert.equal(response.status, 201);
  return response.json();
}

test("the root greets the world", async () => {
  const response = await call("/");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), { message: "Hello world!" });
});

test("a name is greeted", async () => {
  assert.deepEqual(await (await call("/J%C3%B6rg")).json(), { message: "Hello Jörg!" });
});

test("a todo is added, read, changed and removed", async () => {
  const response = await call("/todos", "POST", { title: "  water the plants  ", due: "2030-01-31" });
  assert.equal(response.status, 201);
  const todo = await response.json();
  assert.equal(response.headers.get("location"), `/todos/${todo.id}`);
  assert.deepEqual(
    { ...todo, id: 0, createdAt: "" },
    { id: 0, title: "water the plants", done: false, due: "2030-01-31", createdAt: "" },
  );
  assert.deepEqual(await (await call(`/todos/${todo.id}`)).json(), todo);

  const changed = await call(`/todos/${todo.id}`, "PATCH", { done: true });
  assert.equal(changed.status, 200);
  assert.deepEqual(await changed.json(), { ...todo, done: true });

  const removed = await call(`/todos/${todo.id}`, "DELETE");
  assert.equal(removed.status, 204);
  assert.equal(await removed.text(), "");
  assert.equal((await call(`/todos/${todo.id}`)).status, 404);
  assert.equal((await call(`/todos/${todo.id}`, "DELETE")).status, 404);
});

test("the list is filtered and limited", async () => {
  const [first, second] = [await added({ title: "one" }), await added({ title: "two" })];
  await call(`/todos/${first.id}`, "PATCH", { done: true });
  const ids = async (query) => (await (await call(`/todos?${query}`)).json()).todos.map((todo) => todo.id);
  assert.ok((await ids("done=true")).includes(first.id));
  assert.ok(!(await ids("done=true")).includes(second.id));
  assert.deepEqual(await ids("limit=1"), [second.id]);
  for (const { id } of [first, second]) {
    assert.equal((await call(`/todos/${id}`, "DELETE")).status, 204);
  }
});

test("a wrong filter is 400 and says which", async () => {
  const response = await call("/todos?limit=many&done=maybe");
  assert.equal(response.status, 400);
  assert.deepEqual(Object.keys((await response.json()).fieldErrors).sort(), ["done", "limit"]);
});

test("a body that is not JSON is 400", async () => {
  const response = await fetch(`${base}/todos`, { method: "POST", body: "{" });
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), { error: "the body is not JSON" });
});

test("a todo without a title is 422 and says why", async () => {
  const response = await call("/todos", "POST", { title: " ", due: "tomorrow" });
  assert.equal(response.status, 422);
  const { fieldErrors } = await response.json();
  assert.deepEqual(fieldErrors.title, ["a title is needed"]);
  assert.equal(fieldErrors.due.length, 1);
});

test("an empty change is 422", async () => {
  const todo = await added({ title: "stays" });
  assert.equal((await call(`/todos/${todo.id}`, "PATCH", {})).status, 422);
  assert.equal((await call(`/todos/${todo.id}`, "DELETE")).status, 204);
});

test("what is no number is 404", async () => {
  for (const id of ["abc", "0", "-1", "1.5"]) {
    assert.equal((await call(`/todos/${id}`)).status, 404, id);
  }
});

test("a method without a handler is 405", async () => {
  const response = await call("/todos", "PUT", {});
  assert.equal(response.status, 405);
  assert.equal(await response.text(), "");
});

test("requests at once get their own answers", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `caller-${index}`);
  const answers = await Promise.all(names.map(async (name) => (await call(`/${name}`)).json()));
  assert.deepEqual(answers.map(({ message }) => message), names.map((name) => `Hello ${name}!`));
});
