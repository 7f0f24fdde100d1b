import { initTRPC, TRPCError } from "@trpc/server";
import type { FetchCreateContextFnOptions } from "@trpc/server/adapters/fetch";
import { z } from "zod";

export function createContext({ req, resHeaders }: FetchCreateContextFnOptions) {
  resHeaders.set("x-served-by", "trpc");
  return { user: req.headers.get("x-user") };
}

const t = initTRPC.context<typeof createContext>().create();

const notes: string[] = [];

export const appRouter = t.router({
  greeting: t.procedure
    .input(z.object({ name: z.string().min(2) }))
    .query(({ input }) => ({ text: `hello ${input.name}` })),
  whoami: t.procedure.query(({ ctx }) => {
    if (ctx.user === null) {
      throw new TRPCError({ code: "UNAUTHORIZED", message: "who are you?" });
    }
    return ctx.user;
  }),
  addNote: t.procedure.input(z.string()).mutation(({ input }) => notes.push(input)),
  upload: t.procedure.input(z.instanceof(FormData)).mutation(async ({ input }) => {
    const file = input.get("file");
    return file instanceof File ? { name: file.name, text: await file.text() } : null;
  }),
  countdown: t.procedure.input(z.number()).query(async function* ({ input }) {
    for (let left = input; left > 0; left--) {
      yield left;
    }
  }),
  ticks: t.procedure.subscription(async function* () {
    yield "tick";
    yield "tock";
  }),
});

export type AppRouter = typeof appRouter;
