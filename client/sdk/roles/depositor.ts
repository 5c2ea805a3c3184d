import { formatUnits } from "ethers";
import type { ContractTransactionReceipt, Signer } from "ethers";
import { contractAt } from "../chain/contract.ts";
import type { ContractOf } from "../chain/contract.ts";
import { allow, sendStep } from "../chain/send.ts";
import type { MarketChain } from "../chain/reader.ts";
import { StepReverted, TacitError } from "../errors.ts";
import { SHARE_DECIMALS } from "../units.ts";

/** A depositor's account at a vault. Money in µUSD, shares in the vault's smallest unit. */
export interface DepositorAccount {
  cash: bigint;
  shares: bigint;
  pendingDeposit: bigint;
  claimableDeposit: bigint;
  pendingRedeem: bigint;
  claimableRedeem: bigint;
  /** Cancelled, or given back by the vault, and not yet taken: dollars and shares. */
  returnedDeposit: bigint;
  returnedRedeem: bigint;
}

/** What an account has got by cancelling, and what it could not cancel. */
export interface Cancelled {
  assetsReturned: bigint;
  sharesReturned: bigint;
  /** In the proof of the open epoch. */
  pendingDeposit: bigint;
  pendingRedeem: bigint;
}

/** What anybody can see of an account at a vault. */
export async function readAccount(chain: MarketChain, vault: string, account: string): Promise<DepositorAccount> {
  const contract = chain.vault(vault);
  const [
    cash,
    shares,
    pendingDeposit,
    claimableDeposit,
    pendingRedeem,
    claimableRedeem,
    returnedDeposit,
    returnedRedeem,
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
    cash,
    shares,
    pendingDeposit,
    claimableDeposit,
    pendingRedeem,
    claimableRedeem,
    returnedDeposit,
    returnedRedeem,
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
        `the account holds ${formatUnits(held, SHARE_DECIMALS)} shares and asked to redeem ${formatUnits(shares, SHARE_DECIMALS)}: lower the number, or claim dealt deposits first`,
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
    const { pendingDeposit, pendingRedeem, returnedDeposit, returnedRedeem } = await this.account();
    if (pendingDeposit + pendingRedeem + returnedDeposit + returnedRedeem === 0n)
      throw new TacitError(
        "NOTHING_TO_CANCEL",
        `nothing of ${me} waits at the vault: what is dealt already can be taken with tacit claim, and redeemed`,
      );
    if (pendingDeposit > 0n) await sendStep(this.#vault, "cancelDepositRequest", [0, me]).catch(unlessTakenIn);
    if (pendingRedeem > 0n) await sendStep(this.#vault, "cancelRedeemRequest", [0, me]).catch(unlessTakenIn);
    const left = await this.account();
    const returned = { assetsReturned: left.returnedDeposit, sharesReturned: left.returnedRedeem };
    if (returned.assetsReturned + returned.sharesReturned === 0n) {
      const { epoch, phase, deadline } = await this.#chain.status();
      const until = new Date(deadline * 1000).toISOString();
      throw new TacitError(
        "TAKEN_IN",
        phase === "submit"
          ? `epoch ${epoch} has taken the request in, and the vault's owner may be proving it: cancel what is not dealt once the vault has submitted, or after ${until}`
          : `epoch ${epoch + 1} is about to open and to deal the request, at prices that may be known already: cancel what it does not deal once the vault has submitted in it, or after ${until} if it has not opened`,
      );
    }
    await this.#takeReturned(left);
    return { ...returned, pendingDeposit: left.pendingDeposit, pendingRedeem: left.pendingRedeem };
  }

  async #takeReturned({ returnedDeposit, returnedRedeem }: DepositorAccount): Promise<void> {
    const me = await this.#signer.getAddress();
    if (returnedDeposit > 0n) await sendStep(this.#vault, "claimCancelDepositRequest", [0, me, me]);
    if (returnedRedeem > 0n) await sendStep(this.#vault, "claimCancelRedeemRequest", [0, me, me]);
  }

  /**
   * Takes all shares and all cash that dealings have left for this account, and what the vault has given back. Of a vault that has ended: hands in all its
   * shares and takes its part of what the market has paid so far.
   */
  async claim(): Promise<{ sharesClaimed: bigint; assetsClaimed: bigint }> {
    const me = await this.#signer.getAddress();
    const before = await this.account();
    if (before.claimableDeposit > 0n)
      await sendStep(this.#vault, "deposit(uint256,address,address)", [before.claimableDeposit, me, me]);
    if (before.claimableRedeem > 0n) await sendStep(this.#vault, "redeem", [before.claimableRedeem, me, me]);
    await this.#takeReturned(before);
    const hasEnded = (await this.#vault.resolvedSupply()) > 0n;
    if (hasEnded) await sendStep(this.#vault, "collect", [me, me]);
    const after = await this.account();
    return { sharesClaimed: hasEnded ? 0n : after.shares - before.shares, assetsClaimed: after.cash - before.cash };
  }
}

/** What the open epoch has taken in stays; other refusals are errors. */
function unlessTakenIn(error: unknown): undefined {
  if (error instanceof StepReverted && error.reason === "TakenIn") return undefined;
  throw error;
}
