// What clients use of the prover where there are files and processes: Node alone. The rest is in `index.ts`.

// The owner's secrets on disk
export { createSeedFile, readSeedFile, SeedFileError } from "./node/seedFile.ts";
export { openPrivateBooks, PrivateBooksError } from "./node/privateBooks.ts";
export type { PrivateBooksErrorCode } from "./node/privateBooks.ts";

// Proofs in a process of their own
export { openProvingBackend } from "./node/proving/backend.ts";
export type { ProvingOptions } from "./node/proving/backend.ts";

// Recorded prices, option chains and funding
export { assetsIn } from "./node/recorded/csv.ts";
export { openReplay } from "./node/recorded/open.ts";
export type { ReplayOptions } from "./node/recorded/open.ts";
export { openFunding } from "./node/recorded/funding.ts";
export { openImpliedVol } from "./node/recorded/impliedVol.ts";
