// What the SDK's roles need of Node: files, private folders, an account's outbox, a server, a loop.
export { readDeployment, writeDeployment } from "./deploymentFile.ts";
export { fileKeyring } from "./keyring.ts";
export { existingSeed, limitsOf, readMandate, readStrategy } from "./files.ts";
export type { MandateFile } from "./files.ts";
export { serve } from "./http.ts";
export type { Route } from "./http.ts";
export { requireLock } from "./folderLock.ts";
export { runLoop } from "./loop.ts";
export { outboxIn } from "./outbox.ts";
export { booksIn } from "./privateBooks.ts";
export { StateFolder } from "./stateFolder.ts";
export { catchSignals, stopSignal } from "./stop.ts";
export { vaultCode } from "./vaultCode.ts";
