// Runs every step below, as many at a time as there are cores, and tells of all that fail. `--fix` mends what it can.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Done in turn; a step fails with the first command that does. */
interface Step {
  name: string;
  commands: string[];
  /** What mends it, before it is checked. */
  fix?: string[];
}

/** The longest first. What one command writes and another reads is one step. */
const STEPS: Step[] = [
  {
    name: "typed contracts, their sizes",
    commands: [
      "hardhat build --quiet",
      "node client/deploy/generateAbi.ts --check",
      "node bench/snapshots/main.ts --check",
    ],
    fix: ["hardhat build --quiet", "node client/deploy/generateAbi.ts"],
  },
  // The tests need it too; here it is built beside the contracts.
  { name: "circuits of the small size", commands: ["node circuits/build.ts --profile small"] },
  { name: "types", commands: ["tsc --noEmit"] },
  { name: "types of the core, without Node", commands: ["tsc -p tsconfig.core.json"] },
  { name: "Solidity lint", commands: ["solhint --disc --noPoster 'contracts/**/*.sol'"] },
  {
    name: "Solidity format",
    commands: ["prettier --check 'contracts/**/*.sol'"],
    fix: ["prettier --write --log-level warn 'contracts/**/*.sol'"],
  },
  {
    name: "TypeScript format and lint",
    commands: ["biome ci --colors=off --error-on-warnings ."],
    fix: ["biome check --write ."],
  },
  { name: "unused code and exports", commands: ["knip"] },
  { name: "imports, names, widths", commands: ["node test/sources/main.ts"] },
  {
    name: "picture of the layout",
    commands: ["node test/sources/picture.ts --check"],
    fix: ["node test/sources/picture.ts"],
  },
  {
    name: "written from the format",
    commands: ["node circuits/writeFormat.ts --check"],
    fix: ["node circuits/writeFormat.ts"],
  },
];

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const fix = process.argv.includes("--fix");

/** What the command said, if it failed. */
function failure(command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    const child = spawn(command, { cwd: ROOT, env, shell: true, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : `$ ${command}\n${said.trimEnd()}`));
  });
}

const failures: string[] = [];

async function run({ name, commands, fix: mend = [] }: Step): Promise<void> {
  const began = performance.now();
  let said: string | undefined;
  for (const command of fix ? [...mend, ...commands] : commands) {
    said = await failure(command);
    if (said !== undefined) break;
  }
  if (said !== undefined) failures.push(`${name}:\n${said}`);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`${said === undefined ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${name}`);
}

// What writes must not run beside what reads.
const waiting = [...STEPS];
const lanes = Array.from({ length: fix ? 1 : availableParallelism() }, async () => {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await run(step);
});
await Promise.all(lanes);
for (const said of failures) console.log(`\n${said}`);
if (failures.length > 0) {
  console.log(`\n${failures.length} of ${STEPS.length} failed; \`.ci/check --fix\` writes what can be written`);
  process.exitCode = 1;
}
