import { and, asc, count, eq, gte } from "drizzle-orm";
import type { NextRequest } from "next/server";

import { db, migrated } from "@/lib/db";
import { authors, books } from "@/lib/schema";

export async function GET(request: NextRequest) {
  await migrated();
  const name = request.nextUrl.searchParams.get("author") ?? "";
  const since = Number(request.nextUrl.searchParams.get("since") ?? "0");
  const author = await db.query.authors.findFirst({ where: eq(authors.name, name), with: { books: true } });
  const recent = await db
    .select({ title: books.title, by: authors.name })
    .from(books)
    .innerJoin(authors, eq(books.authorId, authors.id))
    .where(and(eq(authors.name, name), gte(books.year, since)))
    .orderBy(asc(books.title));
  return Response.json({ books: author?.books.length ?? null, recent });
}

export async function POST(request: Request) {
  await migrated();
  const { author, titles } = (await request.json()) as { author: string; titles: [string, number][] };
  const total = await db.transaction(async (tx) => {
    const [{ id }] = await tx.insert(authors).values({ name: author }).returning({ id: authors.id });
    await tx.insert(books).values(titles.map(([title, year]) => ({ title, year, authorId: id })));
    const [row] = await tx.select({ total: count() }).from(books).where(eq(books.authorId, id));
    return row.total;
  });
  return Response.json({ total }, { status: 201 });
}
