// npm test: with file names or options, what mocha does with these; without, .ci/check and then every test file, as
// many at a time as there are cores. The files that take longest go first, so that the cores end together. With
// --times, the run also renews how long each takes, in test/times.json and test/README.md.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Milliseconds by file, as reporter.cjs writes them. Only the order of the files depends on it. */
const TIMES = "test/times.json";
const README = "test/README.md";

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Where the time goes, between the marks in test/README.md. */
function tell(times: Readonly<Record<string, number>>): void {
  const table = (head: string, rows: [string, number][]): string[] => [
    `| ${head} | seconds |`,
    "|---|---|",
    ...rows
      .sort(([, one], [, other]) => other - one)
      .slice(0, 12)
      .map(([name, milliseconds]) => `| \`${name}\` | ${Math.round(milliseconds / 1_000)} |`),
  ];
  const folders = Object.groupBy(Object.entries(times), ([file]) => file.split("/").slice(0, -1).join("/"));
  const sums = Object.entries(folders).map(([folder, files]): [string, number] => [
    `${folder}/`,
    files!.reduce((sum, [, milliseconds]) => sum + milliseconds, 0),
  ]);
  const text = [...table("folder", sums), "", ...table("slowest files", Object.entries(times))].join("\n");
  const page = readFileSync(README, "utf8");
  writeFileSync(README, page.replace(/(<!-- times -->\n)[\s\S]*(<!-- \/times -->)/, `$1${text}\n$2`));
}

const chosen = process.argv.slice(2).filter((argument) => argument !== "--times");
const keepsTimes = process.argv.includes("--times");
if (chosen.length > 0) {
  run("node", ["circuits/build.ts", "--profile", "small"]);
  run("hardhat", ["test", "mocha", ...chosen]);
} else {
  run(".ci/check", []);
  const times = JSON.parse(readFileSync(TIMES, "utf8")) as Record<string, number>;
  // A file that has never been timed goes where its size would put it: a second for each kilobyte.
  const milliseconds = (file: string): number => times[file] ?? statSync(file).size;
  const files = globSync("test/**/*.test.ts").sort((one, other) => milliseconds(other) - milliseconds(one));
  run("hardhat", ["test", "mocha", ...files], {
    TACIT_TEST_JOBS: `${availableParallelism()}`,
    ...(keepsTimes && { TACIT_TEST_TIMES: TIMES }),
  });
  if (keepsTimes) tell(JSON.parse(readFileSync(TIMES, "utf8")) as Record<string, number>);
}
