import { notFound } from "next/navigation";
import { NextResponse } from "next/server";
import { z } from "zod";

import { changeTodo, findTodo, removeTodo, todoChange } from "@/lib/todos";

type Context = { params: Promise<{ id: string }> };

async function idOf({ params }: Context): Promise<number> {
  const id = Number((await params).id);
  return Number.isSafeInteger(id) && id > 0 ? id : notFound();
}

export async function GET(_request: Request, context: Context) {
  const todo = findTodo(await idOf(context));
  return todo ? NextResponse.json(todo) : notFound();
}

export async function PATCH(request: Request, context: Context) {
  const id = await idOf(context);
  const change = todoChange.safeParse(await request.json().catch(() => null));
  if (!change.success) {
    return NextResponse.json(z.flattenError(change.error), { status: 422 });
  }
  const todo = changeTodo(id, change.data);
  return todo ? NextResponse.json(todo) : notFound();
}

export async function DELETE(_request: Request, context: Context) {
  return removeTodo(await idOf(context))
    ? new NextResponse(null, { status: 204 })
    : notFound();
}
