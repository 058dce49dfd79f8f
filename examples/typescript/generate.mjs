// Writes src/generated.ts: a typed document for each operation in operations/, checked against busbar's schema.
// SCHEMA names another file than the repository's; a running server gives its own at /schema.graphql.
import { readdir, readFile, writeFile } from "node:fs/promises";

import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const here = (path) => new URL(path, import.meta.url);
const read = async (path) => parse(await readFile(path, "utf8"));

const names = (await readdir(here("operations/"))).filter((name) => name.endsWith(".graphql")).sort();
const documents = await Promise.all(
  names.map(async (name) => ({ location: `operations/${name}`, document: await read(here(`operations/${name}`)) })),
);
const filename = "src/generated.ts";
const code = await codegen({
  filename,
  schema: await read(process.env.SCHEMA ?? here("../../schema/schema.graphql")),
  documents,
  plugins: [{ types: {} }, { documents: {} }],
  pluginMap: { types: operationTypes, documents: typedDocuments },
  config: {
    useTypeImports: true,
    strictScalars: true,
    scalars: {
      Columns: "Record<string, (number | string | null)[]>",
      Cursor: "string",
      DateTime: "string",
      JSON: "unknown",
      Series: "{ time: number[]; columns: Record<string, (number | null)[]>; sourcePoints: number }",
    },
  },
});
await writeFile(here(filename), code);
console.log(`${filename}: ${names.length} operations`);
