import { CodedError } from "../base/codedError.ts";
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { bookWords, commitBook, genesisBook, genesisCommitment, parseBook, requireOpening } from "../book/book.ts";
import type { Book } from "../book/book.ts";
import { momentOfLast, openSealedBook } from "../committee/sealedBook.ts";
import type { PrivateBooks, VaultChainReader, VaultId } from "../committee/sealedBook.ts";
import { ProverError } from "../base/errors.ts";
import { addressOf, wordBytes } from "../base/field.ts";
import type { Profile } from "../format/profile.ts";
import { parseSealedWords } from "../format/transcript.ts";
import { deriveBookKey } from "../crypto/randomness.ts";
import type { Seed } from "../crypto/randomness.ts";

/**
 * - `wrong-seed`: the seed does not open the vault's last book
 * - `chain-moved`: the commitment and the last submission read from the chain don't belong together
 */
export type PrivateBooksErrorCode = "wrong-seed" | "chain-moved";

export class PrivateBooksError extends CodedError<PrivateBooksErrorCode> {
  override readonly name: string = "PrivateBooksError";
}

export interface PrivateBooksConfig {
  readonly profile: Profile;
  readonly seed: Seed;
  readonly vault: VaultId;
  readonly chain: VaultChainReader;
  /** Folder of all vaults' states; made if missing. */
  readonly folder: string;
}

/** Books kept per vault, so that one whose submission lands late is still there. */
const KEPT_BOOKS = 16;

export function openPrivateBooks({ profile, seed, vault, chain, folder }: PrivateBooksConfig): PrivateBooks {
  const home = join(folder, [vault.chainId, ...[vault.market, vault.vault].map(addressOf)].join("-"));
  const key = stateKey(seed, vault);

  async function keep(book: Book): Promise<void> {
    const commitment = commitBook(book);
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeAtomically(home, fileOf(commitment), encrypt(key, commitment, book));
    await dropOldest(home, KEPT_BOOKS);
  }

  return {
    keep,
    async current() {
      const commitment = await chain.commitment();
      if (commitment === genesisCommitment(profile)) return genesisBook(profile.slots);
      const file = await readFile(join(home, fileOf(commitment))).catch(() => undefined);
      const kept = file && decrypt(key, commitment, profile, file);
      if (kept !== undefined) return kept;
      const book = await rebuildBook(profile, seed, vault, chain);
      await keep(book);
      return book;
    },
  };
}

/**
 * The vault's book from nothing but the seed and the chain: the last submission carries it encrypted.
 * @throws PrivateBooksError
 */
export async function rebuildBook(
  profile: Profile,
  seed: Seed,
  vault: VaultId,
  chain: VaultChainReader,
): Promise<Book> {
  const commitment = await chain.commitment();
  if (commitment === genesisCommitment(profile)) return genesisBook(profile.slots);
  const last = await chain.lastSubmission();
  if (last?.newCommitment !== commitment) {
    throw new PrivateBooksError(
      "chain-moved",
      "The vault's commitment is not that of its last submission: the chain moved between the two reads, or the reader misses events. Try again.",
    );
  }
  try {
    const { ephemeral } = parseSealedWords(profile, last.sealedWords);
    return openSealedBook(profile, vault, last, deriveBookKey(seed, momentOfLast(vault, last), ephemeral));
  } catch (error) {
    if (!(error instanceof ProverError)) throw error;
    throw new PrivateBooksError(
      "wrong-seed",
      "This seed does not open the vault's last book: use the seed the vault was run with.",
    );
  }
}

const fileOf = (commitment: bigint): string => `${commitment.toString(16).padStart(64, "0")}.book`;

// A kept book is nonce ‖ tag ‖ ciphertext of its words, AES-256-GCM, authenticated together with its commitment.
const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function stateKey(seed: Seed, { chainId, market, vault }: VaultId): Uint8Array {
  const info = Buffer.concat([Buffer.from("tacit/1/vaultState"), ...[chainId, market, vault].map(wordBytes)]);
  return new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(), info, KEY_BYTES));
}

function encrypt(key: Uint8Array, commitment: bigint, book: Book): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(wordBytes(commitment));
  const text = Buffer.concat([cipher.update(Buffer.concat(bookWords(book).map(wordBytes))), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** @returns undefined for a damaged file or one of another seed: the chain has the book too */
function decrypt(key: Uint8Array, commitment: bigint, profile: Profile, file: Buffer): Book | undefined {
  try {
    const tag = file.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv(CIPHER, key, file.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(wordBytes(commitment))
      .setAuthTag(tag);
    const text = Buffer.concat([decipher.update(file.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    const words = Array.from({ length: profile.bookWords }, (_, w) =>
      BigInt(`0x${text.subarray(32 * w, 32 * w + 32).toString("hex")}`),
    );
    const book = parseBook(profile, words);
    requireOpening(book, commitment);
    return book;
  } catch {
    return undefined;
  }
}

/** After a crash there is the whole file or none. */
async function writeAtomically(folder: string, name: string, content: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // The new name itself must survive a power cut. Windows can't open folders, and journals names by itself.
  if (process.platform === "win32") return;
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function dropOldest(folder: string, kept: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      // Another run may have dropped it meanwhile.
      const writtenMs = await stat(path).then(
        (file) => file.mtimeMs,
        () => 0,
      );
      return { path, writtenMs };
    }),
  );
  files.sort((a, b) => b.writtenMs - a.writtenMs);
  await Promise.all(files.slice(kept).map(({ path }) => rm(path, { force: true })));
}
