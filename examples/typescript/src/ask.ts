import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print, type FormattedExecutionResult } from "graphql";

import { credentials, url } from "./server.js";

/** The answer to a query or mutation, in its own type. Throws with the server's sentence when there is none. */
export async function ask<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json", ...credentials },
    body: JSON.stringify({ query: print(document), variables }),
  }).catch((cause: unknown) => {
    throw new Error(`No busbar answers at ${url.origin}: start one (make demo), or set BUSBAR_URL.`, { cause });
  });
  if (!response.headers.get("Content-Type")?.includes("json")) {
    throw new Error(`${url.href} answered ${response.status}, and no JSON: is that a busbar?`);
  }
  const { data, errors } = (await response.json()) as Partial<FormattedExecutionResult<Result>>;
  if (errors?.length || !data) {
    throw new Error(errors?.map((error) => error.message).join("; ") ?? `${url.href} answered ${response.status}.`);
  }
  return data;
}
