import { setTimeout as pause } from "node:timers/promises";

import { print, type GraphQLFormattedError } from "graphql";
import { CloseCode, createClient, type Client } from "graphql-ws";
import WebSocket from "ws";

import { BatchEventsDocument, type BatchEventsSubscription, type BatchEventsSubscriptionVariables } from "./generated.js";
import { credentials, socketUrl } from "./server.js";

export type BatchEvent = BatchEventsSubscription["events"];

const PING_MS = 10_000;
const PONG_MS = 5_000;
const LONGEST_PAUSE_MS = 5_000;

/** No second attempt would end otherwise. */
const FATAL = new Set<number>([
  CloseCode.BadRequest,
  CloseCode.BadResponse,
  CloseCode.Forbidden,
  CloseCode.SubprotocolNotAcceptable,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.TooManyInitialisationRequests,
  CloseCode.Unauthorized,
]);

/**
 * Each event of the topics behind `after` once, in order, for as long as the caller takes them, over any loss of the
 * connection and any restart of the server. Throws what the server refuses: a cursor that is too old, or no token.
 *
 * graphql-ws could connect again by itself, but would ask again for all behind the first `after`; here it is all behind
 * the last event.
 */
export async function* follow(topics: string[], after: string): AsyncGenerator<BatchEvent, never> {
  for (let losses = 0; ; losses += 1) {
    const client = connect();
    let why = "it was ended";
    try {
      const variables: BatchEventsSubscriptionVariables = { topics, after };
      const query = print(BatchEventsDocument);
      for await (const { data, errors } of client.iterate<BatchEventsSubscription>({ query, variables })) {
        if (!data) throw errors ?? new Error("The server sent an event without data.");
        losses = 0;
        after = data.events.cursor;
        yield data.events;
      }
    } catch (error) {
      if (!isLoss(error)) throw asError(error);
      why = error.message || `code ${error.code}`;
    } finally {
      await client.dispose();
    }
    const wait = Math.min(LONGEST_PAUSE_MS, 200 * 2 ** losses) * (0.5 + Math.random() / 2);
    console.error(`connection lost (${why}); going on behind the last event in ${Math.round(wait)} ms`);
    await pause(wait);
  }
}

/** A browser has its own WebSocket: leave `webSocketImpl` out there. */
function connect(): Client {
  let silence: NodeJS.Timeout | undefined;
  const client = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: credentials,
    connectionAckWaitTimeout: PING_MS,
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      // A laptop that slept has a socket that looks alive.
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), PONG_MS);
      },
      pong: () => clearTimeout(silence),
      closed: () => clearTimeout(silence),
    },
  });
  return client;
}

interface Closed {
  code?: number;
  reason?: string;
  message?: string;
}

/** A socket ends with an event; what the server refuses is a list of errors, and what is wrong here an Error. */
function isLoss(error: unknown): error is Closed {
  if (Array.isArray(error) || (error instanceof Error && !("code" in error))) return false;
  return !FATAL.has((error as Closed).code ?? 0);
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  if (Array.isArray(error)) {
    return new Error((error as GraphQLFormattedError[]).map((each) => each.message).join("; "));
  }
  const { code, reason } = error as Closed;
  return new Error(`The server closed the socket: ${code} ${reason}`);
}
