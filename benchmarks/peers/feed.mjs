// The same feed for every server: a sample at each tick, of which whoever is slow gets the newest only.
export const typeDefs = /* GraphQL */ `
  type CircuitPower { circuitId: ID! name: String powerW: Float! }
  type CircuitPowerSample { serial: String! observedAt: String! gridPowerW: Float! circuits: [CircuitPower!]! }
  type Query { nothing: Int }
  type Subscription { circuitPower(serial: String!): CircuitPowerSample! }
`;

const NAMES = ["Kitchen", "Refrigerator", "Pool", "Solar", "Garage", "Office", "Washer", "Heat pump"];
const circuits = NAMES.map((name, number) => ({ circuitId: `c${number}`, name, powerW: 150.25 }));

let newest = sample();
let changed = resolvers();

function resolvers() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

function sample() {
  const now = performance.timeOrigin + performance.now();
  const micros = String(Math.floor((now % 1) * 1000)).padStart(3, "0");
  const observedAt = new Date(now).toISOString().replace("Z", `${micros}Z`);
  return { serial: "nj-2316-00042", observedAt, gridPowerW: 1250.5, circuits };
}

function tick() {
  newest = sample();
  const { resolve } = changed;
  changed = resolvers();
  resolve();
}

export function start() {
  const calm = setInterval(tick, 1000);
  process.on("SIGUSR2", () => {
    clearInterval(calm);
    setInterval(tick, 1);
  });
}

export async function* samples() {
  let seen;
  while (true) {
    if (newest === seen) await changed.promise;
    seen = newest;
    yield seen;
  }
}
