// The same for every server: a panel to ask for, and a sample at each tick, of which whoever is slow gets the newest only.
export const typeDefs = /* GraphQL */ `
  type Circuit {
    circuitId: ID! name: String isVirtual: Boolean! relayState: String! priority: String!
    powerW: Float! consumedEnergyWh: Float! producedEnergyWh: Float!
  }
  type Panel { circuits: [Circuit!]! }
  type CircuitPower { circuitId: ID! name: String powerW: Float! }
  type CircuitPowerSample { serial: String! observedAt: String! gridPowerW: Float! circuits: [CircuitPower!]! }
  type Query { panel(serial: String!): Panel }
  type Subscription { circuitPower(serial: String!): CircuitPowerSample! }
`;

const SERIAL = "nj-2316-00042";
const NAMES = ["Kitchen", "Refrigerator", "Pool", "Solar", "Garage", "Office", "Washer", "Heat pump"];
const CIRCUITS = 40;
const asked = Array.from({ length: CIRCUITS }, (_, number) => ({
  circuitId: `c${number}`,
  name: `Circuit ${number}`,
  isVirtual: false,
  relayState: "CLOSED",
  priority: "MUST_HAVE",
  powerW: 150.25,
  consumedEnergyWh: 1000.5,
  producedEnergyWh: 0,
}));
export const panel = (_, { serial }) => (serial === SERIAL ? { circuits: asked } : null);

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
  return { serial: SERIAL, observedAt, gridPowerW: 1250.5, circuits };
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
