// What the SDK's roles need of Node: files, private folders, a server.
export { readDeployment, writeDeployment } from "./deploymentFile.ts";
export { fileKeyring } from "./keyring.ts";
export { existingSeed, limitsOf, readMandate, readStrategy, seedOf } from "./files.ts";
export type { MandateFile } from "./files.ts";
export { serve } from "./http.ts";
export type { Route } from "./http.ts";
export { runLoop } from "./loop.ts";
export { booksIn } from "./privateBooks.ts";
export { StateFolder } from "./stateFolder.ts";
export { vaultCode } from "./vaultCode.ts";
