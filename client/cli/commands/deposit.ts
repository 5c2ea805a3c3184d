import { StateFolder } from "../../node/stateFolder.ts";
import { TacitError } from "../../sdk/errors.ts";
import { Depositor, readAccount } from "../../sdk/roles/depositor.ts";
import { print, signerOf, withChain } from "../context.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { list, shareAmount, usd } from "../text/format.ts";

const withDepositor = (
  vault: string,
  options: PartyOptions,
  run: (depositor: Depositor) => Promise<void>,
): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    await run(new Depositor(chain, vault, signerOf(StateFolder.existing(options.state), chain)));
  });

export const deposit = (vault: string, assets: bigint, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const { hash } = await depositor.requestDeposit(assets);
    print(
      options.json,
      { requested: assets, transaction: hash },
      () => `asked for shares for ${usd(assets)}; dealt at the next dealing epoch, then: tacit claim`,
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
      () => `asked for cash for ${shareAmount(amount)} shares; paid in dealing epochs, then: tacit claim`,
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
    print(options.json, { address, ...account }, () =>
      list([
        ["account", address],
        ["cash", usd(account.cash)],
        ["shares", shareAmount(account.shares)],
        ["deposit asked", usd(account.pendingDeposit)],
        ["deposit to claim", usd(account.claimableDeposit)],
        ["redemption asked", `${shareAmount(account.pendingRedeem)} shares`],
        ["redemption to claim", `${shareAmount(account.claimableRedeem)} shares`],
      ]),
    );
  });
