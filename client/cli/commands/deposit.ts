import { StateFolder } from "../../node/stateFolder.ts";
import { TacitError } from "../../sdk/errors.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import { Depositor, readAccount } from "../../sdk/roles/depositor.ts";
import { print, signerOf, withChain } from "../context.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { instant, shares as sharesOf, usd } from "../../sdk/format.ts";
import { list } from "../text/layout.ts";

const withDepositor = (
  vault: string,
  options: PartyOptions,
  run: (depositor: Depositor, chain: MarketChain) => Promise<void>,
): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    await run(new Depositor(chain, vault, signerOf(StateFolder.existing(options.state), chain)), chain);
  });

/** When what is asked of a vault now is dealt. An open epoch deals what was asked before it. */
async function outlook(chain: MarketChain, vault: string): Promise<{ epoch: number; text: string }> {
  const contract = chain.vault(vault);
  const [status, interval, offset] = await Promise.all([
    chain.status(),
    contract.dealingInterval().then(Number),
    contract.dealingOffset().then(Number),
  ]);
  const next = status.epoch + 1;
  const epoch = next + ((((offset - next) % interval) + interval) % interval);
  const isLate = status.phase === "await snapshot" && status.now > status.deadlineAt;
  const hindrance = isLate
    ? `. No epoch has opened since ${instant(status.observedAt)}, and none does until reporters sign again: until then nothing is dealt`
    : status.halted
      ? ". The market is halted: tacit market show says until when"
      : "";
  return { epoch, text: `dealt in epoch ${epoch} at the earliest, and it is epoch ${status.epoch}${hindrance}` };
}

export const deposit = (vault: string, assets: bigint, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor, chain) => {
    const { hash } = await depositor.requestDeposit(assets);
    const { epoch, text } = await outlook(chain, vault);
    print(
      options.json,
      { vault, requestedMicroUsd: assets, dealtFromEpoch: epoch, transactionHash: hash },
      () =>
        `asked for shares for ${usd(assets)}, transaction ${hash}; ${text}. Then: tacit claim. tacit cancel takes the dollars back until just before that epoch opens, and what it has not dealt once the vault has submitted in it`,
    );
  });

export const redeem = (vault: string, shares: bigint | undefined, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor, chain) => {
    const amount = shares ?? (await depositor.account()).shareUnits;
    if (amount === 0n)
      throw new TacitError("NO_SHARES", "this account holds no shares of the vault: claim dealt deposits first");
    const { hash } = await depositor.requestRedeem(amount);
    const { epoch, text } = await outlook(chain, vault);
    print(
      options.json,
      { vault, requestedShareUnits: amount, dealtFromEpoch: epoch, transactionHash: hash },
      () =>
        `asked for cash for ${sharesOf(amount)}, transaction ${hash}; ${text}, and paid as cash allows. Then: tacit claim. What is not paid yet, tacit cancel takes back`,
    );
  });

export const cancel = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const cancelled = await depositor.cancel();
    const { returnedDepositMicroUsd, returnedRedeemShareUnits, pendingDepositMicroUsd, pendingRedeemShareUnits } =
      cancelled;
    print(options.json, { vault, ...cancelled }, () =>
      [
        `took back ${usd(returnedDepositMicroUsd)} and ${sharesOf(returnedRedeemShareUnits)}`,
        ...(pendingDepositMicroUsd + pendingRedeemShareUnits === 0n
          ? []
          : [
              `an epoch has taken ${usd(pendingDepositMicroUsd)} and ${sharesOf(pendingRedeemShareUnits)} more in: cancel what it does not deal once it has closed`,
            ]),
      ].join("\n"),
    );
  });

export const claim = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor, chain) => {
    const { claimedShareUnits, claimedMicroUsd } = await depositor.claim();
    const { pendingDepositMicroUsd, pendingRedeemShareUnits } = await depositor.account();
    const isWaiting = pendingDepositMicroUsd > 0n || pendingRedeemShareUnits > 0n;
    const { text } = await outlook(chain, vault);
    print(options.json, { vault, claimedShareUnits, claimedMicroUsd }, () =>
      claimedShareUnits > 0n || claimedMicroUsd > 0n
        ? `claimed ${sharesOf(claimedShareUnits)} and ${usd(claimedMicroUsd)}`
        : isWaiting
          ? `nothing to claim yet: what was asked is ${text}`
          : "nothing to claim, and nothing has been asked for: tacit deposit and tacit redeem ask",
    );
  });

/** Shows the party's account, or any other. */
export const showAccount = (
  vault: string,
  options: CommonOptions & { state?: string; address?: string },
): Promise<void> =>
  withChain(options, async (chain) => {
    const { state, address = state && StateFolder.existing(state).wallet().address } = options;
    if (address === undefined)
      throw new TacitError("NO_ACCOUNT", "name whose account: --state FOLDER for your own, or --address ADDRESS");
    await chain.requireVault(vault);
    const account = await readAccount(chain, vault, address);
    print(options.json, { vault, account: address, ...account }, () =>
      list([
        ["account", address],
        ["cash", usd(account.cashMicroUsd)],
        ["shares", sharesOf(account.shareUnits)],
        ["deposit asked", usd(account.pendingDepositMicroUsd)],
        ["deposit to claim", usd(account.claimableDepositMicroUsd)],
        ["redemption asked", sharesOf(account.pendingRedeemShareUnits)],
        ["redemption to claim", sharesOf(account.claimableRedeemShareUnits)],
        [
          "given back, to claim",
          `${usd(account.returnedDepositMicroUsd)}, ${sharesOf(account.returnedRedeemShareUnits)}`,
        ],
      ]),
    );
  });
