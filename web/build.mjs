// Bundles the pages into the folder that the server serves them from: `npm run build`, or `make web`.

import { build } from "esbuild";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "server", "pages", "graphiql");
const made = `${target}.new`;

await rm(made, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { graphiql: "src/main.jsx", icon: "src/icon.svg" },
  outdir: made,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  jsx: "automatic",
  loader: { ".graphql": "text", ".svg": "copy" },
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "linked",
  logLevel: "warning",
});

const names = Object.keys(metafile.outputs).map((path) => basename(path));
const named = (pattern) => names.find((name) => pattern.test(name));
const page = (await readFile(join(here, "src", "index.html"), "utf8"))
  .replace("ICON", named(/^icon-.*\.svg$/))
  .replace("STYLE", named(/^graphiql-.*\.css$/))
  .replace("SCRIPT", named(/^graphiql-.*\.js$/));
await mkdir(made, { recursive: true });
await writeFile(join(made, "index.html"), page);

await rm(target, { recursive: true, force: true });
await rename(made, target);
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`${names.length} files, ${(bytes / 1e6).toFixed(1)} MB, in ${target}`);
