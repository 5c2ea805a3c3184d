import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TacitError } from "../sdk/errors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CIRCUIT_BUILD = fileURLToPath(new URL("../../circuits/build.ts", import.meta.url));
const HARDHAT = fileURLToPath(new URL("../../node_modules/hardhat/dist/src/cli.js", import.meta.url));
const CLI = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
/** Long enough for a cold start with all cores busy. */
const START_TIMEOUT_MS = 120_000;
const A_MOMENT_MS = 1_000;
/** A build that says nothing by itself is said to go on. */
const SIGN_OF_LIFE_MS = 10_000;
/** Roles end by themselves in less. */
const STOPS_WITHIN_MS = 2_000;

/** Processes of the demo's parties and chain. They end with the demo, whichever way it ends. */
export class Processes {
  readonly #running = new Map<string, ChildProcess>();
  readonly #died = new Set<string>();
  #stopping = false;

  constructor() {
    process.once("exit", () => this.#kill("SIGKILL"));
  }

  /** Names of processes that ended though nobody asked them to, in order. */
  readonly casualties: string[] = [];

  isRunning = (name: string): boolean => this.#running.has(name);

  /** Whether a process has died: others hear of it, by what they asked it, a little before its end is known here. */
  async hasDied(name: string): Promise<boolean> {
    for (const asked = Date.now(); this.isRunning(name) && Date.now() - asked < A_MOMENT_MS; )
      await new Promise((resolve) => setTimeout(resolve, 50));
    return this.#died.has(name);
  }

  /** Starts a role of the CLI and waits for its ready line. Its log goes to `logFile`. */
  async startRole(name: string, args: readonly string[], logFile: string): Promise<Record<string, string>> {
    const child = this.#start(name, process.execPath, [CLI, ...args, "--json"], logFile);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new TacitError("ROLE_SILENT", `${name} did not start in time; see ${logFile}`)),
        START_TIMEOUT_MS,
      );
      createInterface({ input: child.stdout! }).once("line", (line) => {
        clearTimeout(timer);
        resolve(JSON.parse(line) as Record<string, string>);
      });
      child.once("exit", () => {
        clearTimeout(timer);
        reject(
          new TacitError(
            "ROLE_FAILED",
            `${name} ended at once: ${readFileSync(logFile, "utf8").trim().split("\n").at(-1) ?? ""}`,
          ),
        );
      });
    });
  }

  /** A local chain on a free port. @returns the URL of its node */
  async startChain(logFile: string): Promise<string> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = this.#start(
      "chain",
      process.execPath,
      [HARDHAT, "node", "--hostname", "127.0.0.1", "--port", String(port)],
      logFile,
    );
    child.stdout!.resume();
    const question = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
    };
    for (const started = Date.now(); Date.now() - started < START_TIMEOUT_MS && child.exitCode === null; ) {
      if (
        await fetch(url, question).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return url;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new TacitError("NO_CHAIN", `the local chain did not start; see ${logFile}`);
  }

  /** Ends everything and waits until it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ended = [...this.#running.values()].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), STOPS_WITHIN_MS);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  #start(name: string, command: string, args: readonly string[], logFile: string): ChildProcess {
    const log = openSync(logFile, "a", 0o600);
    const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", log] });
    closeSync(log);
    this.#running.set(name, child);
    child.once("exit", () => {
      this.#running.delete(name);
      if (this.#stopping) return;
      this.#died.add(name);
      this.casualties.push(name);
    });
    return child;
  }

  #kill(signal: NodeJS.Signals): void {
    for (const child of this.#running.values()) child.kill(signal);
  }
}

/** Runs a command of the CLI to its end. @returns its JSON output */
export async function runCli<T = Record<string, string>>(args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, [CLI, ...args, "--json"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0)
    throw new TacitError(
      "COMMAND_FAILED",
      `tacit ${args.slice(0, 2).join(" ")}: ${errors.trim().split("\n").at(-1) ?? `exit code ${code}`}`,
    );
  return JSON.parse(output) as T;
}

/** Builds what is missing of a profile's circuit; its progress goes to standard error. */
export const buildArtifacts = (profile: string): Promise<void> =>
  runBuild([CIRCUIT_BUILD, "--profile", profile], "inherit");

/**
 * Compiles what is missing of the contracts. The compiler's warnings, mostly of libraries, are shown if it fails; of
 * its progress it tells nothing.
 */
export async function buildContracts(say: (text: string) => void): Promise<void> {
  const began = Date.now();
  const timer = setInterval(
    () => say(`  still compiling, for ${Math.round((Date.now() - began) / 1_000)} s so far`),
    SIGN_OF_LIFE_MS,
  );
  await runBuild([HARDHAT, "build", "--quiet"], "pipe").finally(() => clearInterval(timer));
}

async function runBuild(args: readonly string[], output: "inherit" | "pipe"): Promise<void> {
  const stream = output === "inherit" ? 2 : "pipe";
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", stream, stream] });
  const kept: Buffer[] = [];
  for (const out of [child.stdout, child.stderr]) out?.on("data", (chunk: Buffer) => kept.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code === 0) return;
  process.stderr.write(Buffer.concat(kept));
  throw new TacitError(
    "BUILD_FAILED",
    `${args[0]!.split("/").at(-1)} failed with exit code ${code}; its output is above`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
