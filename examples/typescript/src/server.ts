/** Which busbar, and the token to show it: BUSBAR_URL and BUSBAR_TOKEN. */

const given = process.env["BUSBAR_URL"] ?? "http://127.0.0.1:8000";
if (!URL.canParse(given) || !/^https?:/.test(given)) {
  console.error(`BUSBAR_URL is ${JSON.stringify(given)}: give an address such as http://127.0.0.1:8000.`);
  process.exit(1);
}

export const url = new URL("/graphql", given);

export const socketUrl = url.href.replace(/^http/, "ws");

const token = process.env["BUSBAR_TOKEN"];

export const credentials: Record<string, string> = token ? { "X-API-Key": token } : {};
