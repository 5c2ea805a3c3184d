// npm test: with file names or options, what mocha does with these; without, .ci/check and then every test file, as many
// at a time as there are cores. The files that take longest go first, so that the cores end together.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Written by reporter.cjs in whole runs: milliseconds by file. Only the order of the files depends on it. */
const TIMES = "test/times.json";

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const chosen = process.argv.slice(2);
if (chosen.length === 0) run(".ci/check", []);
run("node", ["circuits/build.ts", "--profile", "small"]);
if (chosen.length > 0) run("hardhat", ["test", "mocha", ...chosen]);
else {
  const times = JSON.parse(readFileSync(TIMES, "utf8")) as Record<string, number>;
  // A file that has never been timed goes where its size would put it: a second for each kilobyte.
  const milliseconds = (file: string): number => times[file] ?? statSync(file).size;
  const files = globSync("test/**/*.test.ts").sort((one, other) => milliseconds(other) - milliseconds(one));
  run("hardhat", ["test", "mocha", ...files], { TACIT_TEST_JOBS: `${availableParallelism()}` });
}
