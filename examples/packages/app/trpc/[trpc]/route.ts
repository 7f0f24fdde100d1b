import { fetchRequestHandler } from "@trpc/server/adapters/fetch";

import { appRouter, createContext } from "@/lib/trpc";

const handler = (request: Request) =>
  fetchRequestHandler({ endpoint: "/trpc", req: request, router: appRouter, createContext });

export { handler as GET, handler as POST };
