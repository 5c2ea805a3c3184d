// What only a local chain allows: money from nowhere, and governance's account at hand.
import type { JsonRpcProvider, Signer } from "ethers";
import { approveOwner, FUNDED_ETHER, fundEther, mintCash } from "../../deploy/local/market.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import { TacitError } from "../../sdk/errors.ts";
import { StateFolder } from "../../node/stateFolder.ts";
import { connect, print } from "../context.ts";
import type { PartyOptions } from "../context.ts";
import { count, usd } from "../../sdk/format.ts";

export const fundAccount = (options: PartyOptions & { dollars: bigint }): Promise<void> =>
  onLocalChain(options, async (chain, provider, governance) => {
    const account = new StateFolder(options.state).wallet().address;
    await fundEther(provider, account);
    await mintCash(governance, chain.deployment, account, options.dollars);
    print(
      options.json,
      { account, fundedMicroUsd: options.dollars },
      () => `${account} has ${FUNDED_ETHER} ether, and ${usd(options.dollars)} more in test dollars`,
    );
  });

export const approveVaults = (options: PartyOptions & { vaults: number }): Promise<void> =>
  onLocalChain(options, async (chain, _provider, governance) => {
    const account = StateFolder.existing(options.state).wallet().address;
    await approveOwner(governance, chain.deployment, account, options.vaults);
    print(
      options.json,
      { account, vaults: options.vaults },
      () => `${account} may create ${count(options.vaults, "vault")}: tacit vault create`,
    );
  });

/** @throws TacitError `NOT_LOCAL` where the node doesn't hold governance's account */
async function onLocalChain(
  options: PartyOptions,
  run: (chain: MarketChain, provider: JsonRpcProvider, governance: Signer) => Promise<void>,
): Promise<void> {
  const chain = await connect(options);
  const provider = chain.provider as JsonRpcProvider;
  try {
    const accounts = (await provider.send("eth_accounts", [])) as string[];
    if (accounts[0] === undefined)
      throw new TacitError("NOT_LOCAL", "the node holds no accounts: this works on the chain of npm start alone");
    await run(chain, provider, await provider.getSigner(accounts[0]));
  } finally {
    chain.provider.destroy();
  }
}
