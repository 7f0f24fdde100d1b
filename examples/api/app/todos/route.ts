import { type NextRequest, NextResponse } from "next/server";
import { z } from "zod";

import { addTodo, listTodos, newTodo, todoFilter } from "@/lib/todos";

export async function GET(request: NextRequest) {
  const filter = todoFilter.safeParse(
    Object.fromEntries(request.nextUrl.searchParams),
  );
  if (!filter.success) {
    return NextResponse.json(z.flattenError(filter.error), { status: 400 });
  }
  return NextResponse.json({ todos: listTodos(filter.data) });
}

export async function POST(request: NextRequest) {
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    return NextResponse.json({ error: "the body is not JSON" }, { status: 400 });
  }
  const todo = newTodo.safeParse(body);
  if (!todo.success) {
    return NextResponse.json(z.flattenError(todo.error), { status: 422 });
  }
  const added = addTodo(todo.data);
  return NextResponse.json(added, {
    status: 201,
    headers: { location: `/todos/${added.id}` },
  });
}
