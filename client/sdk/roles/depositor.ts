import type { ContractTransactionReceipt, Signer } from "ethers";
import { contractAt } from "../chain/contract.ts";
import type { ContractOf } from "../chain/contract.ts";
import { allow, sendStep } from "../chain/send.ts";
import type { MarketChain } from "../chain/reader.ts";
import { StepReverted, TacitError } from "../errors.ts";
import { instant, shares as sharesOf } from "../format.ts";

/** A depositor's account at a vault; share units are the smallest of the vault. */
export interface DepositorAccount {
  cashMicroUsd: bigint;
  shareUnits: bigint;
  pendingDepositMicroUsd: bigint;
  claimableDepositMicroUsd: bigint;
  pendingRedeemShareUnits: bigint;
  claimableRedeemShareUnits: bigint;
  /** Cancelled, or given back by the vault, and not yet taken: dollars and shares. */
  returnedDepositMicroUsd: bigint;
  returnedRedeemShareUnits: bigint;
}

/** What an account has got by cancelling, and what it could not cancel. */
export interface Cancelled {
  returnedDepositMicroUsd: bigint;
  returnedRedeemShareUnits: bigint;
  /** In the proof of the open epoch. */
  pendingDepositMicroUsd: bigint;
  pendingRedeemShareUnits: bigint;
}

/** What anybody can see of an account at a vault. */
export async function readAccount(chain: MarketChain, vault: string, account: string): Promise<DepositorAccount> {
  const contract = chain.vault(vault);
  const [
    cashMicroUsd,
    shareUnits,
    pendingDepositMicroUsd,
    claimableDepositMicroUsd,
    pendingRedeemShareUnits,
    claimableRedeemShareUnits,
    returnedDepositMicroUsd,
    returnedRedeemShareUnits,
  ] = await Promise.all([
    contractAt("IERC20", chain.deployment.cash, chain.provider).balanceOf(account),
    contract.balanceOf(account),
    contract.pendingDepositRequest(0, account),
    contract.claimableDepositRequest(0, account),
    contract.pendingRedeemRequest(0, account),
    contract.claimableRedeemRequest(0, account),
    contract.claimableCancelDepositRequest(0, account),
    contract.claimableCancelRedeemRequest(0, account),
  ]);
  return {
    cashMicroUsd,
    shareUnits,
    pendingDepositMicroUsd,
    claimableDepositMicroUsd,
    pendingRedeemShareUnits,
    claimableRedeemShareUnits,
    returnedDepositMicroUsd,
    returnedRedeemShareUnits,
  };
}

/** How often a deposit is allowed at most, where other programs of the account deposit at the same time. */
const ALLOWANCE_TRIES = 5;

/** Asks for shares or for cash (ERC-7540) and claims what was dealt. */
export class Depositor {
  readonly #chain: MarketChain;
  readonly #vault: ContractOf<"Vault">;
  readonly #cash: ContractOf<"IERC20">;
  readonly #signer: Signer;

  constructor(chain: MarketChain, vault: string, signer: Signer) {
    this.#chain = chain;
    this.#vault = chain.vault(vault).connect(signer);
    this.#cash = contractAt("IERC20", chain.deployment.cash, signer);
    this.#signer = signer;
  }

  async account(): Promise<DepositorAccount> {
    return readAccount(this.#chain, String(this.#vault.target), await this.#signer.getAddress());
  }

  /** Hands `assets` µUSD to the queue; they become shares at the next dealing. */
  async requestDeposit(assets: bigint): Promise<ContractTransactionReceipt> {
    const me = await this.#signer.getAddress();
    const vault = String(this.#vault.target);
    for (let triesLeft = ALLOWANCE_TRIES; ; triesLeft--) {
      await allow(this.#cash, vault, assets, "the deposit");
      try {
        return await sendStep(this.#vault, "requestDeposit", [assets, me, me]);
      } catch (error) {
        // Another program of the same account may have used the allowance meanwhile.
        const isUsedUp = error instanceof StepReverted && (await this.#cash.allowance(me, vault)) < assets;
        if (!isUsedUp || triesLeft === 1) throw error;
      }
    }
  }

  /** Hands `shares` to the queue; they are paid in dealing epochs, first come first served. */
  async requestRedeem(shares: bigint): Promise<ContractTransactionReceipt> {
    const me = await this.#signer.getAddress();
    const held = await this.#vault.balanceOf(me);
    if (held < shares) {
      throw new TacitError(
        "NO_SHARES",
        `the account holds ${sharesOf(held)} and asked to redeem ${sharesOf(shares)}: lower the number, or claim dealt deposits first`,
      );
    }
    return sendStep(this.#vault, "requestRedeem", [shares, me, me]);
  }

  /**
   * Takes back whatever this account has asked for and is not dealt, except what the open epoch's proof counts on.
   * @throws TacitError `NOTHING_TO_CANCEL`, `TAKEN_IN`
   */
  async cancel(): Promise<Cancelled> {
    const me = await this.#signer.getAddress();
    const { pendingDepositMicroUsd, pendingRedeemShareUnits, returnedDepositMicroUsd, returnedRedeemShareUnits } =
      await this.account();
    if (pendingDepositMicroUsd + pendingRedeemShareUnits + returnedDepositMicroUsd + returnedRedeemShareUnits === 0n)
      throw new TacitError(
        "NOTHING_TO_CANCEL",
        `nothing of ${me} waits at the vault: what is dealt already can be taken with tacit claim, and redeemed`,
      );
    if (pendingDepositMicroUsd > 0n) await sendStep(this.#vault, "cancelDepositRequest", [0, me]).catch(unlessTakenIn);
    if (pendingRedeemShareUnits > 0n) await sendStep(this.#vault, "cancelRedeemRequest", [0, me]).catch(unlessTakenIn);
    const left = await this.account();
    const returned = {
      returnedDepositMicroUsd: left.returnedDepositMicroUsd,
      returnedRedeemShareUnits: left.returnedRedeemShareUnits,
    };
    if (returned.returnedDepositMicroUsd + returned.returnedRedeemShareUnits === 0n) {
      const { epoch, phase, deadlineAt } = await this.#chain.status();
      const until = instant(deadlineAt);
      throw new TacitError(
        "TAKEN_IN",
        phase === "submit"
          ? `epoch ${epoch} has taken the request in, and the vault's owner may be proving it: cancel what is not dealt once the vault has submitted, or after ${until}`
          : `epoch ${epoch + 1} is about to open and to deal the request, at prices that may be known already: cancel what it does not deal once the vault has submitted in it, or after ${until} if it has not opened`,
      );
    }
    await this.#takeReturned(left);
    return {
      ...returned,
      pendingDepositMicroUsd: left.pendingDepositMicroUsd,
      pendingRedeemShareUnits: left.pendingRedeemShareUnits,
    };
  }

  async #takeReturned({ returnedDepositMicroUsd, returnedRedeemShareUnits }: DepositorAccount): Promise<void> {
    const me = await this.#signer.getAddress();
    if (returnedDepositMicroUsd > 0n) await sendStep(this.#vault, "claimCancelDepositRequest", [0, me, me]);
    if (returnedRedeemShareUnits > 0n) await sendStep(this.#vault, "claimCancelRedeemRequest", [0, me, me]);
  }

  /**
   * Takes all shares and all cash that dealings have left for this account, and what the vault has given back. Of a vault that has ended: hands in all its
   * shares and takes its part of what the market has paid so far.
   */
  async claim(): Promise<{ claimedShareUnits: bigint; claimedMicroUsd: bigint }> {
    const me = await this.#signer.getAddress();
    const before = await this.account();
    if (before.claimableDepositMicroUsd > 0n)
      await sendStep(this.#vault, "deposit(uint256,address,address)", [before.claimableDepositMicroUsd, me, me]);
    if (before.claimableRedeemShareUnits > 0n)
      await sendStep(this.#vault, "redeem", [before.claimableRedeemShareUnits, me, me]);
    await this.#takeReturned(before);
    const hasEnded = (await this.#vault.resolvedSupply()) > 0n;
    if (hasEnded) await sendStep(this.#vault, "collect", [me, me]);
    const after = await this.account();
    return {
      claimedShareUnits: hasEnded ? 0n : after.shareUnits - before.shareUnits,
      claimedMicroUsd: after.cashMicroUsd - before.cashMicroUsd,
    };
  }
}

/** What the open epoch has taken in stays; other refusals are errors. */
function unlessTakenIn(error: unknown): undefined {
  if (error instanceof StepReverted && error.reason === "TakenIn") return undefined;
  throw error;
}
