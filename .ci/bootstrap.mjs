// node .ci/bootstrap.mjs <command> [args]
//
// Runs a command with the project's own Node and programs first on PATH, after installing the
// packages if they are missing or out of date. Written for any Node >= 20, so that a machine with
// an old Node needs nothing but npm: Hardhat's native part is left out by an npm that runs on
// Node < 22.13, hence the detour through npx below.
// stdout belongs to the command; whatever is said here goes to stderr.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const BIN = join(MODULES, ".bin");
const LOCK = join(ROOT, "package-lock.json");
const INSTALLED = join(MODULES, ".package-lock.json");
const STAMP = join(MODULES, ".tacit-installed");
const SHELL = process.platform === "win32";
const OLDEST_NODE = [22, 13];

const outerPath = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((entry) => entry !== "" && !entry.endsWith(join("node_modules", ".bin")))
  .join(delimiter);

const [command, ...args] = process.argv.slice(2);
if (command === undefined || command === "--help") {
  say("usage: node .ci/bootstrap.mjs <command> [args]");
  process.exit(command === undefined ? 2 : 0);
}

if (!isInstalled()) install();
run(command, args);

function say(line) {
  process.stderr.write(`tacit: ${line}\n`);
}

function fail(line, code = 1) {
  say(line);
  process.exit(code);
}

function fingerprint() {
  const hash = createHash("sha256");
  for (const file of [LOCK, INSTALLED]) hash.update(readFileSync(file)).update("\0");
  return hash.update(`${process.platform} ${process.arch}`).digest("hex");
}

/** npm writes its record of what it installed last of all, so a broken install is never taken for a whole one. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const print = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8").trim() === print) return true;
  if (!recordMatchesLock()) return false;
  writeFileSync(STAMP, `${print}\n`);
  return true;
}

/** True if every package of the lock file that belongs on this platform is installed at its locked version. */
function recordMatchesLock() {
  const wanted = JSON.parse(readFileSync(LOCK, "utf8")).packages;
  const installed = JSON.parse(readFileSync(INSTALLED, "utf8")).packages;
  for (const path of Object.keys(installed)) if (!(path in wanted)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const have = installed[path];
    if (have !== undefined) return have.version === entry.version && have.integrity === entry.integrity;
    return entry.optional === true && !fitsThisPlatform(entry);
  });
}

function fitsThisPlatform({ os, cpu, libc }) {
  const allows = (list, value) =>
    list === undefined ||
    (list.some((item) => item.startsWith("!")) ? !list.includes(`!${value}`) : list.includes(value));
  if (!allows(os, process.platform) || !allows(cpu, process.arch)) return false;
  if (libc === undefined || process.platform !== "linux") return true;
  const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return libc.includes(glibc ? "glibc" : "musl");
}

function install() {
  const env = { ...process.env, PATH: outerPath };
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const found = spawnSync("node", ["-p", "process.versions.node"], { env, encoding: "utf8", shell: SHELL });
  const [major = 0, minor = 0] = (found.stdout ?? "").trim().split(".").map(Number);
  const recent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const [program, parameters] = recent
    ? ["npm", ["ci", ...quiet]]
    : ["npx", ["-y", "--loglevel=error", "-p", "node@24", "npm", "ci", ...quiet]];

  say(
    `installing packages (about a minute${recent ? "" : `; with Node 24, since this machine has ${major}.${minor}`})`,
  );
  const result = spawnSync(program, parameters, { cwd: ROOT, env, stdio: ["ignore", 2, 2], shell: SHELL });
  if (result.error) fail(`cannot run ${program}: ${result.error.message}`);
  if (result.status !== 0) fail(`"${program} ${parameters.join(" ")}" failed; see above`, result.status ?? 1);
  writeFileSync(STAMP, `${fingerprint()}\n`);
}

function run(program, parameters) {
  const env = { ...process.env, PATH: [BIN, outerPath].join(delimiter) };
  const child = spawn(program, parameters, { cwd: process.cwd(), env, stdio: "inherit", shell: SHELL });
  // The terminal sends Ctrl-C to the command too; wait for it to end in its own way.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`cannot run ${program}: ${error.message}`, 127));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0)));
}
