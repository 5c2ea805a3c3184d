import { StateFolder } from "../../node/stateFolder.ts";
import { contractAt } from "../../sdk/chain/contract.ts";
import { allow, sendStep } from "../../sdk/chain/send.ts";
import { confirm } from "../confirm.ts";
import { print, signerOf, withChain } from "../context.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { usd } from "../../sdk/format.ts";
import { list } from "../text/layout.ts";

/**
 * Adds to the bond behind a vault; whoever is not its owner is asked first.
 * @throws TacitError `NO_CASH`, `NOT_A_VAULT`, `NOT_CONFIRMED`
 */
export const postBond = (vault: string, amount: bigint, options: PartyOptions & { yes?: boolean }): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const signer = signerOf(StateFolder.existing(options.state), chain);
    const [owner, account] = await Promise.all([chain.vault(vault).owner(), signer.getAddress()]);
    if (owner !== account && options.yes !== true)
      await confirm(
        `${vault} is the vault of ${owner}, not of this account, ${account}: the ${usd(amount)} are the first to be lost if the vault can't pay, and what is left of them goes to its owner, never back to this account.`,
        `Give ${usd(amount)} away?`,
      );
    const bonds = (await chain.bonds()).connect(signer);
    await allow(contractAt("IERC20", chain.deployment.cash, signer), String(bonds.target), amount, "the bond");
    const { hash } = await sendStep(bonds, "post", [vault, amount]);
    print(
      options.json,
      { vault, postedMicroUsd: amount, transactionHash: hash },
      () => `${usd(amount)} more stand behind ${vault}`,
    );
  });

/** Takes what is left of the bond of a vault that has ended. @throws TacitError `STEP_REVERTED` */
export const withdrawBond = (vault: string, options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const bonds = await chain.bonds();
    const amount = await bonds.bondMicroUsd(vault);
    const { hash } = await sendStep(bonds.connect(signerOf(StateFolder.existing(options.state), chain)), "withdraw", [
      vault,
    ]);
    print(
      options.json,
      { vault, withdrawnMicroUsd: amount, transactionHash: hash },
      () => `${usd(amount)} of the bond behind ${vault} are back`,
    );
  });

export const showBond = (vault: string, options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const { status } = await chain.requireVault(vault);
    const bonds = await chain.bonds();
    const [bondMicroUsd, minimumMicroUsd] = await Promise.all([bonds.bondMicroUsd(vault), bonds.minimumMicroUsd()]);
    print(options.json, { vault, status, bondMicroUsd, minimumBondMicroUsd: minimumMicroUsd }, () =>
      list([
        ["vault", `${vault}, ${status}`],
        ["bond", usd(bondMicroUsd)],
        ["least bond here", usd(minimumMicroUsd)],
      ]),
    );
  });
