import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { writeDeployment } from "../../client/node/deploymentFile.ts";
import { misworded } from "./wording.ts";
import { serveLyingNode } from "./lyingNode.ts";
import type { Lie } from "./lyingNode.ts";
import type { WholeMarket } from "./wholeMarket.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Programs of the project, as its npm scripts name them. */
export const DEMO = "client/demo/main.ts";
export const CLI = "client/cli/main.ts";
export const CLI_FILE = join(ROOT, CLI);

export interface Run {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  output: string;
  errors: string;
}

/**
 * Runs a program of the project to its end, as a user's shell would. Whatever it prints is held to how numbers and
 * names are written.
 * @param watch is shown all of standard error so far each time there is more
 * @param cwd the shell's folder
 */
export const runProgram = (
  program: string,
  args: readonly string[],
  watch: (errors: string) => void = () => {},
  cwd = ROOT,
): Promise<Run> => startProgram(program, args, watch, cwd).ended;

/** The same of one that is told to stop, by its process. */
export function startProgram(
  program: string,
  args: readonly string[],
  watch: (errors: string) => void = () => {},
  cwd = ROOT,
): { child: ChildProcess; ended: Promise<Run> } {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => watch((errors += chunk.toString())));
  const ended = new Promise<Run>((resolve) => child.once("close", (code) => resolve({ code, output, errors })));
  return {
    child,
    ended: ended.then((run) => {
      expect(misworded(`${run.output}\n${run.errors}`)).to.deep.equal([]);
      return run;
    }),
  };
}

/** The tacit command in a folder, where it needs no market. */
export const commandIn =
  (folder: string) =>
  (...args: string[]): Promise<Run> =>
    runProgram(CLI_FILE, args, undefined, folder);

/**
 * The tacit command on a market in this process: run, run and understood, run and refused; with a folder of its own.
 */
export async function commandOn(
  market: Pick<WholeMarket, "connection" | "local">,
  lie: Lie = (_method, _params, result) => result,
) {
  const node = await serveLyingNode(market.connection.provider as never, lie);
  const folder = mkdtempSync(join(tmpdir(), "tacit-command-"));
  const at = (name: string): string => join(folder, name);
  writeDeployment(at("tacit.json"), market.local.deployment);
  const tacit = (...args: string[]): Promise<Run> =>
    runProgram(CLI, [...args, "--rpc", node.url, "--deployment", at("tacit.json")]);
  return {
    /** The node's URL. */
    url: node.url,
    /** A path in the folder. */
    at,
    tacit,
    /** The one JSON object that a command answers with. */
    async answer(...args: string[]): Promise<Record<string, unknown>> {
      const { code, output, errors } = await tacit(...args, "--json");
      expect(code, errors).to.equal(0);
      return JSON.parse(output) as Record<string, unknown>;
    },
    /** The one line that says why a command was not carried out, after those that say what it has sent. */
    async refusal(...args: string[]): Promise<string> {
      const { code, output, errors } = await tacit(...args);
      expect([code, output], errors).to.deep.equal([1, ""]);
      const lines = errors.trim().split("\n");
      expect(lines.filter((line) => !line.startsWith("sent "))).to.have.length(1);
      return lines.at(-1)!;
    },
    close(): void {
      node.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type MarketCommand = Awaited<ReturnType<typeof commandOn>>;
