import { createGraphiQLFetcher } from "@graphiql/toolkit";

const url = new URL(location.pathname, location.href);

/** Requests by POST and feeds by socket, both with the token; what the headers editor holds goes before it. */
export function fetcherWith(token, onRefused) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return createGraphiQLFetcher({
    url: url.href,
    subscriptionUrl: url.href.replace(/^http/, "ws"),
    headers,
    wsConnectionParams: headers,
    enableIncrementalDelivery: false,
    fetch: async (...request) => {
      const answer = await fetch(...request);
      if (answer.status === 401) onRefused();
      return answer;
    },
  });
}
