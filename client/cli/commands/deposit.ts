import { StateFolder } from "../../node/stateFolder.ts";
import { TacitError } from "../../sdk/errors.ts";
import { Depositor } from "../../sdk/roles/depositor.ts";
import { print, signerOf, withChain } from "../context.ts";
import type { PartyOptions } from "../context.ts";
import { list, shareAmount, usd } from "../text/format.ts";

const withDepositor = (
  vault: string,
  options: PartyOptions,
  run: (depositor: Depositor) => Promise<void>,
): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    await run(new Depositor(chain, vault, signerOf(new StateFolder(options.state), chain)));
  });

export const deposit = (vault: string, assets: bigint, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const { hash } = await depositor.requestDeposit(assets);
    print(
      options.json,
      { requested: assets, transaction: hash },
      () =>
        `asked for shares for ${usd(assets)}; dealt at the next dealing epoch, then: tacit claim. Until that epoch opens, tacit cancel takes them back`,
    );
  });

export const redeem = (vault: string, shares: bigint | undefined, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const amount = shares ?? (await depositor.account()).shares;
    if (amount === 0n)
      throw new TacitError("NO_SHARES", "this account holds no shares of the vault: claim dealt deposits first");
    const { hash } = await depositor.requestRedeem(amount);
    print(
      options.json,
      { requested: amount, transaction: hash },
      () =>
        `asked for cash for ${shareAmount(amount)} shares; paid in dealing epochs, then: tacit claim. What is not paid yet, tacit cancel takes back`,
    );
  });

export const cancel = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const cancelled = await depositor.cancel();
    const { assetsReturned, sharesReturned, pendingDeposit, pendingRedeem } = cancelled;
    print(options.json, cancelled, () =>
      [
        `took back ${usd(assetsReturned)} and ${shareAmount(sharesReturned)} shares`,
        ...(pendingDeposit + pendingRedeem === 0n
          ? []
          : [
              `the open epoch counts on ${usd(pendingDeposit)} and ${shareAmount(pendingRedeem)} shares more: cancel what is left of them once it has closed`,
            ]),
      ].join("\n"),
    );
  });

export const claim = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const { sharesClaimed, assetsClaimed } = await depositor.claim();
    print(options.json, { sharesClaimed, assetsClaimed }, () =>
      sharesClaimed === 0n && assetsClaimed === 0n
        ? "nothing to claim: requests are dealt in the vault's next dealing epoch (tacit account shows them)"
        : `claimed ${shareAmount(sharesClaimed)} shares and ${usd(assetsClaimed)}`,
    );
  });

export const showAccount = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const account = await depositor.account();
    const address = new StateFolder(options.state).wallet().address;
    print(options.json, { address, ...account }, () =>
      list([
        ["account", address],
        ["cash", usd(account.cash)],
        ["shares", shareAmount(account.shares)],
        ["deposit asked", usd(account.pendingDeposit)],
        ["deposit to claim", usd(account.claimableDeposit)],
        ["redemption asked", `${shareAmount(account.pendingRedeem)} shares`],
        ["redemption to claim", `${shareAmount(account.claimableRedeem)} shares`],
        ["given back, to claim", `${usd(account.returnedDeposit)}, ${shareAmount(account.returnedRedeem)} shares`],
      ]),
    );
  });
