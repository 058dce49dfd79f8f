// The public graphql-ws client against a busbar. Usage: node sockets.mjs URL TOKEN; prints one JSON object.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);
const told = { events: [] };
const note = (name) => () => told.events.push(name);

const open = (options = {}) =>
  createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: token ? { Authorization: `Bearer ${token}` } : undefined,
    retryAttempts: 0,
    on: { connected: note("connected") },
    ...options,
  });

const all = async (client, payload, most = Infinity) => {
  const found = [];
  for await (const result of client.iterate(payload)) {
    found.push(result);
    if (found.length >= most) break;
  }
  return found;
};
const failure = (promise) =>
  promise.then(
    (value) => ({ value }),
    (error) => (Array.isArray(error) ? { errors: error.map((each) => each.extensions.code) } : { code: error.code }),
  );

const client = open({ keepAlive: 50, lazyCloseTimeout: 1000, on: { ping: note("ping"), pong: note("pong") } });
told.query = await all(client, { query: "query ($s: String!) { panel(serial: $s) { name } }", variables: { s: "nobody" } });
told.mutation = await all(client, { query: 'mutation { removePanel(serial: "nobody") { __typename } }' });
told.counted = await all(client, { query: "subscription { heartbeat(everyMs: 100, count: 3) { seq } }" });
told.left = (await all(client, { query: "subscription { heartbeat(everyMs: 100) { seq } }" }, 2)).length;
[told.syntax, told.unknown, told.refused, told.beside] = await Promise.all([
  failure(all(client, { query: "{ panels {" })),
  failure(all(client, { query: "{ nobody }" })),
  failure(all(client, { query: 'subscription { panelUpdates(serial: "nobody") { name } }' })),
  all(client, { query: "subscription { heartbeat(everyMs: 100, count: 2) { seq } }" }),
]);
await new Promise((resolve) => setTimeout(resolve, 200));
await client.dispose();
told.forbidden = await failure(all(open({ connectionParams: { Authorization: "Bearer wrong" } }), { query: "{ __typename }" }));
told.events = [...new Set(told.events)];
console.log(JSON.stringify(told));
