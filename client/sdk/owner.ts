import { buildSubmission, commitStrategy, openVaultState, ProverError, settleBook } from "../../prover/index.ts";
import type { Book, BuiltSubmission, Lots, MicroUsd, ProvingBackend, Seed, StrategyParameters, VaultState } from "../../prover/index.ts";
import type { ContractTransactionReceipt, Signer } from "ethers";
import { sendStep } from "./chain.ts";
import type { MarketChain } from "./chain.ts";
import { TacitError } from "./errors.ts";

export interface OwnerConfig {
  chain: MarketChain;
  vault: string;
  signer: Signer;
  seed: Seed;
  strategy: StrategyParameters;
  backend: ProvingBackend;
  /** Folder of the private books. */
  stateFolder: string;
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

/** The share of the redemption queue that is paid is found to 2^-10 of what the cash allows. */
const REDEEM_BISECTIONS = 10;
/** A smaller part of the queue waits: an epoch that pays trades nothing, and so brings in no cash for the rest. */
const LEAST_PAID_PART = 16n;

/** A strategy owner: settles, decides, proves and submits, once an epoch. */
export class Owner {
  readonly #config: OwnerConfig;
  readonly #state: VaultState;

  constructor(config: OwnerConfig) {
    const { chain, vault, seed, stateFolder } = config;
    this.#config = config;
    this.#state = openVaultState({
      profile: chain.profile,
      seed,
      vault: chain.vaultId(vault),
      chain: chain.stateReader(vault),
      folder: stateFolder,
    });
  }

  /** The book behind the commitment on chain. */
  book(): Promise<Book> {
    return this.#state.current();
  }

  /**
   * Whether this owner can run the vault: its strategy and seed are those committed to, and its book is known.
   * @throws TacitError `NOT_A_VAULT`, `WRONG_STRATEGY`; VaultStateError
   */
  async check(): Promise<void> {
    const { chain, vault, strategy, seed } = this.#config;
    await chain.requireVault(vault);
    const { strategyCommitment } = await chain.terms(vault, (await chain.status()).epoch);
    if (commitStrategy(strategy, seed) !== strategyCommitment) {
      throw new TacitError("WRONG_STRATEGY", "strategy file and seed are not those the vault is committed to: name the state folder and the file it was created with");
    }
    await this.#state.current();
  }

  /**
   * Submits for the open epoch if the vault has not yet.
   * @returns undefined when there is nothing to do
   * @throws MandateRefused, ProvingError, VaultStateError, TacitError `STEP_REVERTED`, `TOO_LATE`
   */
  async step(): Promise<OwnerEpoch | undefined> {
    const { chain, vault, signer, backend } = this.#config;
    const status = await chain.status();
    if (status.phase !== "submit" || status.now > status.deadline) return undefined;
    const record = await chain.vaultRecord(vault);
    if (record.lastEpoch === status.epoch) return undefined;
    if (record.status !== "active" && record.status !== "challenged") return undefined;

    const book = await this.#state.current();
    const built = await this.#prepare(book);
    const started = performance.now();
    const { proof } = await backend.prove(built.inputs);
    const provingMs = performance.now() - started;
    // Kept before it is sent: whichever of the two the chain ends up with, the book behind it is here.
    await this.#state.keep(built.newBook);
    const then = await chain.status();
    if (then.epoch !== status.epoch || then.phase !== "submit") {
      throw new TacitError("TOO_LATE", `epoch ${status.epoch} closed before its proof was made (${Math.round(provingMs / 1000)} s): the next epoch is proven anew. Use a faster machine or RAPIDSNARK_PATH if this repeats`);
    }
    const { a, b, c } = proof;
    const submission = { ...built.submission, proof: [...a, ...b[0], ...b[1], ...c] };
    const receipt = await sendStep(chain.market.connect(signer), "submit", [submission]);
    return { epoch: status.epoch, book, order: built.newBook.order, built, provingMs, receipt };
  }

  /** Decides and builds, paying as much of the redemption queue as cash and mandate let out. */
  async #prepare(book: Book): Promise<BuiltSubmission> {
    const { chain, vault, seed, strategy } = this.#config;
    const { profile } = chain;
    const contract = chain.vault(vault);
    const before = await chain.chainState(vault, { cashFlow: 0n });
    const settled = settleBook(profile, book, before.settle, before.snapshot, 0n as MicroUsd);
    if (!before.dealing || settled.insolvent) return buildSubmission({ profile, chain: before, book, strategy, redeemShares: 0n, seed });

    const [cutoff, haircutPpb] = await Promise.all([chain.dealCutoff(), chain.haircutPpb()]);
    const dealing = async (redeemShares: bigint): Promise<BuiltSubmission> => {
      const [cashFlow, { cashWanted }] = await Promise.all([
        contract.getFunction("previewDeal")(settled.navBefore, redeemShares, cutoff, haircutPpb) as Promise<MicroUsd>,
        chain.terms(vault, Number(before.epoch), { redeemShares, cutoff }),
      ]);
      return buildSubmission({ profile, chain: { ...before, cashFlow, outflow: cashFlow < 0n, cashWanted }, book, strategy, redeemShares, seed });
    };
    const asked = (await contract.getFunction("redeemableShares")(cutoff)) as bigint;
    if (asked === 0n) return dealing(0n);
    const whole = await dealing(asked).catch(refusedOnly);
    if (whole) return whole;
    // Between nothing, which goes unless a book outside its limits has no way in, and everything, which does not: as much as goes.
    let best: BuiltSubmission | undefined;
    const price = (await contract.getFunction("convertToAssets")(asked)) as bigint;
    let [low, high] = [0n, price > settled.cash && settled.cash > 0n ? (asked * settled.cash) / price + 1n : asked];
    for (let i = 0; i < REDEEM_BISECTIONS && high - low > 1n; i++) {
      const middle = (low + high) / 2n;
      const tried = await dealing(middle).catch(refusedOnly);
      if (tried) [best, low] = [tried, middle];
      else high = middle;
    }
    return best !== undefined && low * LEAST_PAID_PART >= asked ? best : dealing(0n);
  }
}

/** Turns the mandate's refusal, or a book without the cash, into undefined; other errors stay errors. */
function refusedOnly(error: unknown): undefined {
  if (!(error instanceof ProverError)) throw error;
}
