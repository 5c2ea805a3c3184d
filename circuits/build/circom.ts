// Runs the circom compiler, which is WebAssembly, in a process of its own:
//   node circom.ts <folder of the main file> <main file> <flags as JSON> <roots as JSON>
// The compiler sees the folders under fixed names, so nothing of this machine's paths can reach the
// artefacts, and its messages name files as the manifest does.
import { readFileSync } from "node:fs";
import fs from "node:fs";
import { bindings, CircomRunner } from "circom2";
import { packageFile } from "./paths.ts";
import type { IncludeRoot } from "./sources.ts";

const [folder, main, flags, roots] = process.argv.slice(2) as [string, string, string, string];
const includeRoots = JSON.parse(roots) as IncludeRoot[];

const runner = new CircomRunner({
  args: [
    `/build/${main}`,
    ...(JSON.parse(flags) as string[]),
    ...includeRoots.flatMap(({ label }) => ["-l", `/${label}`]),
    "-o",
    "/build",
  ],
  env: {},
  preopens: { "/build": folder, ...Object.fromEntries(includeRoots.map((root) => [`/${root.label}`, root.folder])) },
  bindings: {
    ...bindings,
    exit: (code: number) => process.exit(code),
    kill: (signal: NodeJS.Signals) => process.kill(process.pid, signal),
    fs,
  },
});
await runner.execute(readFileSync(packageFile("circom2", "circom.wasm")));
