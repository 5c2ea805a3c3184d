import { describeError } from "../sdk/errors.ts";

/** How often chains and peers are asked, milliseconds. Local chains answer at once. */
export const POLL_MS = 500;

/**
 * Runs a role until it is told to stop: one step after another, a pause when there is nothing to do. A step that
 * fails is logged and tried again; the chain is the state, so nothing is lost by it.
 */
export async function runLoop(
  log: { warn(text: string): void },
  step: () => Promise<boolean>,
  onStop: () => void | Promise<void>,
): Promise<void> {
  let running = true;
  let wake = (): void => {};
  const stop = (): void => {
    running = false;
    wake();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let lastError = "";
  while (running) {
    let busy = false;
    try {
      busy = await step();
      lastError = "";
    } catch (error) {
      const text = describeError(error);
      // The same trouble at every poll is said once.
      if (text !== lastError) log.warn(text);
      lastError = text;
    }
    if (running && !busy) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  await onStop();
}
