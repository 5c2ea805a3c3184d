import { OwnerTrust } from "../client/sdk/roles/trust.ts";
import { recordsInMemory } from "../test/support/records.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signer } from "ethers";
import { approveOwner, DEFAULT_CONFIG, mintCash } from "../client/deploy/local/market.ts";
import { booksIn } from "../client/node/privateBooks.ts";
import { vaultCode } from "../client/node/vaultCode.ts";
import { nextCommitment } from "../client/sdk/roles/decision.ts";
import { createVault, Owner } from "../client/sdk/roles/owner.ts";
import type { NewVaultTerms } from "../client/sdk/roles/owner.ts";
import type { ProvingBackend, StrategyParameters } from "../prover/index.ts";
import type { WholeMarket } from "../test/support/wholeMarket.ts";

export interface OwnedVault {
  readonly address: string;
  readonly owner: Owner;
  readonly account: Signer;
}

/** Vaults of a market in this process that are run by their owners, each by a strategy. */
export class Owners {
  readonly #market: WholeMarket;
  readonly #backend: ProvingBackend;
  /** Where the private books are kept. */
  readonly #folder = mkdtempSync(join(tmpdir(), "tacit-bench-"));
  #vaults = 0;

  /** @param backend makes the proofs; closed with the owners */
  constructor(market: WholeMarket, backend: ProvingBackend) {
    this.#market = market;
    this.#backend = backend;
  }

  async close(): Promise<void> {
    await this.#backend.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** A vault of an account of its own. */
  async addVault(
    strategy: StrategyParameters,
    terms: Pick<NewVaultTerms, "mandate" | "dealingInterval" | "dealingOffset" | "changeDelay">,
  ): Promise<OwnedVault> {
    const number = this.#vaults++;
    const { chain, local, governance } = this.#market;
    const account = this.#market.ownerAccount(number);
    const owner = await account.getAddress();
    const seed = new Uint8Array(32).fill(100 + number);
    await mintCash(governance, local.deployment, owner, BigInt(DEFAULT_CONFIG.minBondMicroUsd));
    await approveOwner(governance, local.deployment, owner);
    const address = await createVault(chain, account, vaultCode(), {
      ...terms,
      name: `Vault ${number}`,
      symbol: `V${number}`,
      owner,
      strategyCommitment: await nextCommitment(chain, owner, strategy, seed),
    });
    const books = booksIn(join(this.#folder, `books-${number}`), chain, address, seed);
    return {
      address,
      account,
      owner: new Owner({
        chain,
        vault: address,
        signer: account,
        seed,
        strategy,
        backend: this.#backend,
        books,
        trust: new OwnerTrust({ chain, state: recordsInMemory() }),
      }),
    };
  }
}
