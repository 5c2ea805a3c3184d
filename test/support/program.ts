import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Programs of the project, as its npm scripts name them. */
export const DEMO = "client/demo/main.ts";
export const CLI = "client/cli/main.ts";

export interface Run {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  output: string;
  errors: string;
}

/**
 * Runs a program of the project to its end, as a user's shell would.
 * @param watch is shown all of standard error so far each time there is more
 */
export function runProgram(program: string, args: readonly string[], watch: (errors: string) => void = () => {}): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => watch((errors += chunk.toString())));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output, errors })));
}
