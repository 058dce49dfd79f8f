// Prints the verdict of each audit of GraphQL over HTTP on the server at the given address, one line of JSON each.
import { auditServer } from "graphql-http";

for (const { id, name, status, reason } of await auditServer({ url: process.argv[2] })) {
  console.log(JSON.stringify({ id, name, status, reason: reason ?? null }));
}
