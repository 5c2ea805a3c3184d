import { TacitError } from "../sdk/errors.ts";
import type { Outbox, SentTransaction } from "../sdk/ports.ts";
import { pause } from "../sdk/wait.ts";
import { tryLock } from "./folderLock.ts";
import type { StateFolder } from "./stateFolder.ts";

/** How often a lock is asked for. */
const ASK_MS = 100;
/** Longer than one transaction can take. */
const PATIENCE_MS = 900_000;

/** An account's outbox in its folder, for all programs that run there. @param warn is told whom one waits for */
export function outboxIn(state: StateFolder, warn: (text: string) => void): Outbox {
  const path = state.file("outbox.lock");
  return {
    async lock(signal) {
      let told = 0;
      for (const began = performance.now(); ; ) {
        const holder = tryLock(path);
        if (typeof holder === "function") return holder;
        if (holder !== told && holder !== process.pid)
          warn(`process ${holder} sends from the account in ${state.path}: waiting until it is done`);
        told = holder;
        if (performance.now() - began > PATIENCE_MS)
          throw new TacitError(
            "ACCOUNT_BUSY",
            `process ${holder} has been sending from the account in ${state.path} for ${PATIENCE_MS / 60_000} minutes: stop it, and try again`,
          );
        await pause(ASK_MS, signal);
      }
    },
    read: () => state.readJson<SentTransaction[]>("outbox.json") ?? [],
    write: (sent) => state.writeJson("outbox.json", sent),
  };
}
