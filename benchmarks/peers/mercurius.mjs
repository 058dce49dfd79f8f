import Fastify from "fastify";
import mercurius from "mercurius";
import { panel, samples, start, typeDefs } from "./feed.mjs";

const app = Fastify();
const subscribe = async function* () {
  for await (const circuitPower of samples()) yield { circuitPower };
};
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: { Query: { panel }, Subscription: { circuitPower: { subscribe } } },
  jit: 1,
  subscription: true,
});
await app.listen({ host: "127.0.0.1", port: 0 });
start();
console.log(app.server.address().port);
