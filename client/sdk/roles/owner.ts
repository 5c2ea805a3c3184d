import type {
  Book,
  BuiltSubmission,
  Lots,
  ProvingBackend,
  Seed,
  StrategyParameters,
  PrivateBooks,
} from "../../../prover/index.ts";
import { id } from "ethers";
import type { ContractTransactionReceipt, Signer } from "ethers";
import { contractAt } from "../chain/contract.ts";
import type { StepArgs, ContractOf } from "../chain/contract.ts";
import { allow, sendStep } from "../chain/send.ts";
import type { MarketChain } from "../chain/reader.ts";
import { prepareSubmission, requireCommitted, saltOf } from "./decision.ts";
import { TacitError } from "../errors.ts";
import type { OwnerTrust } from "./trust.ts";

export interface OwnerConfig {
  chain: MarketChain;
  vault: string;
  signer: Signer;
  seed: Seed;
  strategy: StrategyParameters;
  backend: ProvingBackend;
  books: PrivateBooks;
  trust: OwnerTrust;
}

/** What the owner alone knows of an epoch. Amounts are secret: keep this on the owner's machine. */
export interface OwnerEpoch {
  epoch: number;
  book: Book;
  order: readonly Lots[];
  built: BuiltSubmission;
  provingMs: number;
  receipt: ContractTransactionReceipt;
}

/** A strategy owner: settles, decides, proves and submits, once an epoch. */
export class Owner {
  readonly #config: OwnerConfig;

  constructor(config: OwnerConfig) {
    this.#config = config;
  }

  /** The book behind the commitment on chain. */
  book(): Promise<Book> {
    return this.#config.books.current();
  }

  /**
   * Whether this owner can run the vault: its strategy and seed are those committed to, now or in the open epoch that it has not submitted for, and its book is known.
   * @throws TacitError `NOT_A_VAULT`, `WRONG_STRATEGY`; PrivateBooksError
   */
  async check(): Promise<void> {
    const { chain, vault } = this.#config;
    await chain.requireVault(vault);
    const [{ epoch, phase }, { lastEpoch }] = await Promise.all([chain.status(), chain.vaultRecord(vault)]);
    const open =
      phase === "submit" && lastEpoch < epoch
        ? await chain.terms(vault, epoch, { cutoff: await chain.dealCutoff() })
        : undefined;
    if (open === undefined || (await saltOf(this.#config, open)) === undefined)
      await requireCommitted(this.#config, await chain.terms(vault, epoch));
    await this.#config.books.current();
  }

  /**
   * Submits for the open epoch if the vault has not yet.
   * @returns undefined when there is nothing to do
   * @throws MandateRefused, ProvingError, PrivateBooksError, TacitError `STEP_REVERTED`, `TOO_LATE`, `WRONG_STRATEGY`
   */
  async step(): Promise<OwnerEpoch | undefined> {
    const { chain, vault, signer, backend } = this.#config;
    const status = await chain.status();
    if (status.phase !== "submit" || status.now > status.deadlineAt) return undefined;
    const record = await chain.vaultRecord(vault);
    if (record.lastEpoch === status.epoch) return undefined;
    if (record.status !== "active" && record.status !== "challenged") return undefined;

    const book = await this.#config.books.current();
    const { built } = await prepareSubmission({ ...this.#config, book });
    const started = performance.now();
    const { proof } = await backend.prove(built.inputs);
    const provingMs = performance.now() - started;
    // Kept before it is sent: whichever of the two the chain ends up with, the book behind it is here.
    await this.#config.books.keep(built.newBook);
    const [then, { lastEpoch }] = await Promise.all([chain.status(), chain.vaultRecord(vault)]);
    // An earlier transaction of this account, or another program with this seed.
    if (lastEpoch === status.epoch) return undefined;
    if (then.epoch !== status.epoch || then.phase !== "submit") {
      throw new TacitError(
        "TOO_LATE",
        `epoch ${status.epoch} closed before its proof was made (${Math.round(provingMs / 1000)} s): the next epoch is proven anew. Use a faster machine or RAPIDSNARK_PATH if this repeats`,
      );
    }
    const { a, b, c } = proof;
    const submission = { ...built.submission, proof: [...a, ...b[0], ...b[1], ...c] };
    const receipt = await sendStep(chain.market.connect(signer), "submit", [submission]);
    return { epoch: status.epoch, book, order: built.newBook.order, built, provingMs, receipt };
  }
}

/** `VaultTerms` of contracts/vault/Vault.sol. */
export type NewVaultTerms = StepArgs<ContractOf<"VaultFactory">, "create">[1];

/** The 40 letters that the compiler leaves where the address of a vault's library goes. */
const placeOf = (library: string): string =>
  `__$${id(`project/contracts/vault/${library}.sol:${library}`).slice(2, 36)}$__`;

/**
 * Creates a vault of the signer's, who pays the market's least bond for it.
 * @param creationCode of the Vault that the market's factory takes, 0x-prefixed, linked here
 * @returns its address
 * @throws TacitError `NOT_APPROVED`, `NO_CASH`, `STEP_REVERTED`
 */
export async function createVault(
  chain: MarketChain,
  owner: Signer,
  creationCode: string,
  terms: NewVaultTerms,
): Promise<string> {
  const { vaultFactory, cash } = chain.deployment;
  const factory = contractAt("VaultFactory", vaultFactory, owner);
  const account = await owner.getAddress();
  if ((await factory.approvedVaults(account)) === 0n) {
    throw new TacitError(
      "NOT_APPROVED",
      `governance has approved no further vault of ${account}: ask it to (on a local chain: tacit local approve)`,
    );
  }
  const bond = await (await chain.bonds()).minimumMicroUsd();
  await allow(contractAt("IERC20", cash, owner), vaultFactory, bond, "the bond behind a new vault");
  const libraries = {
    [placeOf("Terms")]: await factory.termsLibrary(),
    [placeOf("Requests")]: await factory.requestsLibrary(),
  };
  const linked = creationCode.replaceAll(/__\$[0-9a-f]{34}\$__/g, (place) => libraries[place]!.slice(2).toLowerCase());
  const receipt = await sendStep(factory, "create", [linked, terms]);
  for (const log of receipt.logs) {
    const event = factory.interface.parseLog(log);
    if (event?.name === "VaultCreated") return event.args["vault"] as string;
  }
  throw new TacitError("NO_VAULT", "the factory created no vault");
}
