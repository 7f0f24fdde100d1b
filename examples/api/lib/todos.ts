import { z } from "zod";

import { getDb } from "./db";

export const newTodo = z.object({
  title: z.string().trim().min(1, "a title is needed").max(200),
  due: z.iso.date().nullish(),
});

export const todoChange = newTodo
  .extend({ done: z.boolean() })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "nothing to change");

export const todoFilter = z.object({
  done: z.enum(["true", "false"]).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export type NewTodo = z.infer<typeof newTodo>;
export type TodoChange = z.infer<typeof todoChange>;
export type TodoFilter = z.infer<typeof todoFilter>;

export interface Todo {
  id: number;
  title: string;
  done: boolean;
  due: string | null;
  createdAt: string;
}

interface Row {
  id: number;
  title: string;
  done: number;
  due: string | null;
  created_at: string;
}

function toTodo({ id, title, done, due, created_at }: Row): Todo {
  return { id, title, done: done === 1, due, createdAt: created_at };
}

export function listTodos({ done, limit }: TodoFilter): Todo[] {
  const db = getDb();
  const rows =
    done === undefined
      ? db.prepare("SELECT * FROM todos ORDER BY id DESC LIMIT ?").all(limit)
      : db
          .prepare("SELECT * FROM todos WHERE done = ? ORDER BY id DESC LIMIT ?")
          .all(done === "true" ? 1 : 0, limit);
  return (rows as Row[]).map(toTodo);
}

export function findTodo(id: number): Todo | undefined {
  const row = getDb().prepare("SELECT * FROM todos WHERE id = ?").get(id) as
    | Row
    | undefined;
  return row && toTodo(row);
}

export function addTodo({ title, due }: NewTodo): Todo {
  const row = getDb()
    .prepare("INSERT INTO todos (title, due) VALUES (?, ?) RETURNING *")
    .get(title, due ?? null) as Row;
  return toTodo(row);
}

export function changeTodo(id: number, change: TodoChange): Todo | undefined {
  const todo = findTodo(id);
  if (!todo) {
    return undefined;
  }
  const { title, done, due } = { ...todo, ...change };
  const row = getDb()
    .prepare(
      "UPDATE todos SET title = ?, done = ?, due = ? WHERE id = ? RETURNING *",
    )
    .get(title, done ? 1 : 0, due ?? null, id) as Row;
  return toTodo(row);
}

export function removeTodo(id: number): boolean {
  return getDb().prepare("DELETE FROM todos WHERE id = ?").run(id).changes > 0;
}
