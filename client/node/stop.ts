import { stopped } from "../sdk/wait.ts";

/** After a signal, what is under way may take so long to end by itself; then the program ends. */
const GRACE_MS = 1_500;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const stopping = new AbortController();
let isCaught = false;

/** Aborted when a program that catches signals is told to stop. */
export const stopSignal: AbortController["signal"] = stopping.signal;

/**
 * From now on Ctrl-C and SIGTERM abort `stopSignal`, and end the program a moment later, or at once if they come again.
 * A program that only reads does not need it: it may end in the middle of anything.
 */
export function catchSignals(): void {
  if (isCaught) return;
  isCaught = true;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT_CODES[signal]);
      process.exitCode = EXIT_CODES[signal];
      stopping.abort();
      setTimeout(() => {
        // A role has said for itself that it ends.
        if (process.exitCode !== 0) process.stderr.write(`${stopped().message}\n`);
        process.exit();
      }, GRACE_MS).unref();
    });
}
