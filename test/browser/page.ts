// What the test runs in the page: the prover's surface and the SDK's, whole, with what a page needs of them.
import * as sdk from "../../client/sdk/index.ts";
import {
  type Book,
  commitBook,
  type Groth16Proof,
  parseTranscript,
  type ProfileName,
  profiles,
  publicSignals,
  transcriptWords,
  type VerificationKey,
  verifyProof,
} from "../../prover/index.ts";

const page = {
  /** Reads a transcript, writes it again and hashes it. */
  readTranscript(name: ProfileName, words: bigint[]): { epoch: bigint; signals: bigint[] } {
    const profile = profiles[name];
    const transcript = parseTranscript(profile, words);
    const { h, d, x } = publicSignals(transcriptWords(profile, transcript));
    return { epoch: transcript.header.epoch, signals: [h, d, x] };
  },
  verifies: (key: VerificationKey, signals: bigint[], proof: Groth16Proof): boolean => verifyProof(key, signals, proof),
  /** The selector of one of the market's functions, and what the SDK has. */
  askMarket: (name: "vaultState"): [selector: string, names: string[]] => [
    sdk.interfaceOf("Market").getFunction(name)!.selector,
    Object.keys(sdk),
  ],
  commit: (book: Book): bigint => commitBook(book),
};

export type Page = typeof page;
Object.assign(globalThis, { page });
