import { createSchema, createYoga } from "graphql-yoga";

interface NextContext {
  params: Promise<Record<string, string>>;
}

// Without `fetchAPI`: on Next.js Yoga finds the platform's classes by itself.
const { handleRequest } = createYoga<NextContext>({
  schema: createSchema({
    typeDefs: "type Query { here: String! }",
    resolvers: { Query: { here: () => "yes" } },
  }),
  graphqlEndpoint: "/graphql/plain",
});

export { handleRequest as POST };
