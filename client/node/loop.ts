import { describeError } from "../sdk/errors.ts";
import { pause, POLL_MS } from "../sdk/wait.ts";
import { catchSignals, stopSignal as signal } from "./stop.ts";

/** For so long after the signal a step may end by itself, and say how. */
const ENDS_WITHIN_MS = 1_000;

/**
 * Runs a role until it is told to stop: one step after another, a pause when there is nothing to do. A step that
 * fails is logged and tried again; the chain is the state, so nothing is lost by it.
 */
export async function runLoop(
  log: { info(text: string): void; warn(text: string): void },
  step: () => Promise<boolean>,
  onStop: () => void | Promise<void>,
): Promise<void> {
  catchSignals();
  const ending = new Promise<false>((resolve) =>
    signal.addEventListener("abort", () => setTimeout(resolve, ENDS_WITHIN_MS, false)),
  );
  let lastError = "";
  const attempt = async (): Promise<boolean> => {
    try {
      const busy = await step();
      lastError = "";
      return busy;
    } catch (error) {
      const text = describeError(error);
      // The same trouble at every poll is said once.
      if (text !== lastError) log.warn(text);
      lastError = text;
      return false;
    }
  };
  while (!signal.aborted) {
    const busy = await Promise.race([attempt(), ending]);
    if (!busy) await pause(POLL_MS, signal).catch(() => {});
  }
  process.exitCode = 0;
  await onStop();
  log.info("stopped");
}
