import { createServer } from "node:http";
import { useServer } from "graphql-ws/use/ws";
import { createSchema, createYoga } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { panel, samples, start, typeDefs } from "./feed.mjs";

const subscribe = () => samples();
const resolvers = { Query: { panel }, Subscription: { circuitPower: { subscribe, resolve: (sample) => sample } } };
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }) });
const server = createServer(yoga);
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });

// As yoga's manual has it: its own pipeline behind graphql-ws.
useServer(
  {
    connectionInitWaitTimeout: 60_000,
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length ? errors : args;
    },
  },
  sockets,
  0, // no pings: the viewers do not answer them
);
server.listen(0, "127.0.0.1", () => {
  start();
  console.log(server.address().port);
});
