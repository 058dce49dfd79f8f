// The public graphql-sse client against a busbar. Usage: node streams.mjs URL TOKEN; prints one JSON object.
import { createClient } from "graphql-sse";

const [url, token] = process.argv.slice(2);
const open = (sent) => createClient({ url, retryAttempts: 0, headers: sent ? { Authorization: `Bearer ${sent}` } : {} });
const client = open(token);
const told = {};

const all = async (payload, most = Infinity, by = client) => {
  const found = [];
  for await (const result of by.iterate(payload)) {
    found.push(result);
    if (found.length >= most) break;
  }
  return found;
};
const codes = (results) => results.flatMap((result) => (result.errors ?? []).map((error) => error.extensions.code));

told.query = await all({ query: "query ($s: String!) { panel(serial: $s) { name } }", variables: { s: "nobody" } });
told.mutation = await all({ query: 'mutation { removePanel(serial: "nobody") { __typename } }' });
told.counted = await all({ query: "subscription { heartbeat(everyMs: 100, count: 3) { seq } }" });
told.left = (await all({ query: "subscription { heartbeat(everyMs: 100) { seq } }" }, 2)).length;
told.syntax = codes(await all({ query: "{ panels {" }));
told.unknown = codes(await all({ query: "{ nobody }" }));
told.refused = codes(await all({ query: 'subscription { panelUpdates(serial: "nobody") { name } }' }));
told.forbidden = await all({ query: "{ __typename }" }, 1, open("wrong")).catch((error) => error.response?.status ?? String(error));
console.log(JSON.stringify(told));
