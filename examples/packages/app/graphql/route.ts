import { createSchema, createYoga } from "graphql-yoga";

interface NextContext {
  params: Promise<Record<string, string>>;
}

const { handleRequest } = createYoga<NextContext>({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      scalar File
      type Query {
        greetings(name: String = "Yoga"): String!
        secret: String!
      }
      type Mutation {
        size(file: File!): Int!
      }
      type Subscription {
        countdown(from: Int!): Int!
      }
    `,
    resolvers: {
      Query: {
        greetings: (_parent, { name }: { name: string }) => `Hello ${name}`,
        secret: (_parent, _args, { request }) => {
          if (request.headers.get("authorization") !== "Bearer key") {
            throw new Error("not for you");
          }
          return "the cake";
        },
      },
      Mutation: {
        size: async (_parent, { file }: { file: File }) => (await file.arrayBuffer()).byteLength,
      },
      Subscription: {
        countdown: {
          async *subscribe(_parent: unknown, { from }: { from: number }) {
            for (let left = from; left > 0; left--) {
              yield { countdown: left };
            }
          },
        },
      },
    },
  }),
  graphqlEndpoint: "/graphql",
  // Yoga makes the Response itself; the platform's class it has to be.
  fetchAPI: { Response },
});

export { handleRequest as GET, handleRequest as POST, handleRequest as OPTIONS };
