import { TacitError } from "./errors.ts";

/** How often chains and peers are asked, milliseconds. Local chains answer at once. */
export const POLL_MS = 500;

/** @throws TacitError `STOPPED` as soon as the signal says so */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(stopped());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** What a wait ends with when the program is told to stop. */
export const stopped = (): TacitError =>
  new TacitError("STOPPED", "stopped; what was sent is said above, if anything was");
