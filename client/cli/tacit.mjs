#!/usr/bin/env node
// Launcher for any Node >= 20. In the repository the program is TypeScript run by Node's own type stripping, in the
// package it is JavaScript; an older Node hands over to the one that npm installed beside the other packages.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 13)) {
  const isPackage = !existsSync(new URL("./main.ts", import.meta.url));
  if (isPackage) await import("../../dist/client/cli/main.js");
  // 22.13 to 22.17 strip types only behind a flag; hand over to the packaged Node there too.
  else if (process.features.typescript) await import("./main.ts");
  else handOver();
} else {
  handOver();
}

function handOver() {
  if (process.env.TACIT_HANDED_OVER) {
    console.error(`tacit: the packaged Node is ${process.version}, which is too old; run npm ci again`);
    process.exit(1);
  }
  let node;
  try {
    node = createRequire(import.meta.url).resolve("node/bin/node");
  } catch {
    console.error(`tacit: Node ${process.version} is too old and the packaged Node is missing; run: npm ci`);
    process.exit(1);
  }
  const run = spawnSync(node, process.argv.slice(1), {
    stdio: "inherit",
    env: { ...process.env, TACIT_HANDED_OVER: "1" },
  });
  if (run.error) {
    console.error(`tacit: cannot start ${node}: ${run.error.message}`);
    process.exit(1);
  }
  if (run.signal) process.kill(process.pid, run.signal);
  process.exit(run.status ?? 1);
}
