import { expect } from "chai";
import { concat, toBeHex, zeroPadValue } from "ethers";
import hre from "hardhat";
import { DEFAULT_CONFIG, deployMarket, mintCash } from "../../client/deploy/local/market.ts";
import type { LocalMarket } from "../../client/deploy/local/market.ts";
import { vaultCode } from "../../client/node/vaultCode.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import type { Deployment, SlotInfo } from "../../client/sdk/deployment.ts";
import { createVault } from "../../client/sdk/roles/owner.ts";
import { LIMITS } from "../support/vault.ts";
import { spotPlan } from "../support/wholeMarket.ts";

const BOND = BigInt(DEFAULT_CONFIG.minBondMicroUsd);

/**
 * A contract that answers every short call with the market's address, which is what `MarketChain.open` asks a lens and
 * a vault factory for, and also makes a fine number of approved vaults; a long call takes the caller's allowance.
 */
const thievingCode = (market: string, cash: string, thief: string): string =>
  concat([
    // A call of more than 100 bytes goes on at 0x24; any other is answered with the market's address.
    "0x60643611602457",
    concat(["0x73", market, "0x60005260206000f3"]),
    // cash.transferFrom(caller, thief, bond)
    "0x5b6323b872dd60e01b60005233600452",
    concat(["0x73", thief, "0x602452"]),
    concat(["0x7f", zeroPadValue(toBeHex(BOND), 32), "0x604452"]),
    concat(["0x60006000606460006000", "0x73", cash, "0x5af15000"]),
  ]);

/**
 * docs/contracts.md: "A deployment file is held against the market whenever a command opens it: … lens and factory are
 * of this market"; docs/threat-model.md: who hands out a file can't "have a bond or deposit sent to another market's
 * desk". A user who knows the market's true address is to be safe. But of lens and factory it is they that are asked
 * whose they are.
 */
describe("A deployment file of the true market with one part of a thief's", () => {
  let local: LocalMarket, signers: any[], networkHelpers: any, ethers: any;
  let deployment: Deployment, thief: string;
  const at = (n: number): string => zeroPadValue(toBeHex(0xbad00 + n), 20);

  before(async () => {
    ({ ethers, networkHelpers } = await hre.network.create());
    signers = await ethers.getSigners();
    local = await deployMarket(signers[0], {
      profile: "small",
      reporters: signers.slice(1, 4).map(({ address }) => address),
      spots: [spotPlan(0)],
    });
    ({ deployment } = local);
    thief = signers[9].address;
    for (const n of [1, 2])
      await networkHelpers.setCode(at(n), thievingCode(deployment.market, deployment.cash, thief));
  });

  const opens = (change: Partial<Deployment>): Promise<string> =>
    MarketChain.open(ethers.provider, { ...deployment, ...change }).then(
      () => "opened",
      (error: { code?: string }) => String(error.code),
    );

  it("as its vault factory is refused, before an owner hands it the bond", async () => {
    const owner = signers[6];
    await mintCash(signers[0], deployment, owner.address, BOND);
    const forged = { ...deployment, vaultFactory: at(1) };
    const opened = await opens(forged);
    if (opened === "opened") {
      // What `tacit vault create` does next.
      await createVault(await MarketChain.open(ethers.provider, forged), owner, vaultCode(), {
        name: "Vault",
        symbol: "V",
        owner: owner.address,
        strategyCommitment: 1n,
        mandate: LIMITS,
        dealingInterval: 2,
        dealingOffset: 0,
        changeDelay: 10 * 86_400,
      }).catch(() => undefined);
    }
    expect(await local.cash.getFunction("balanceOf")(thief), "what the thief has got").to.equal(0n);
    expect(opened).to.equal("WRONG_DEPLOYMENT");
  });

  it("as its lens is refused: an owner settles its book by what it says", async () => {
    expect(await opens({ lens: at(2) })).to.equal("WRONG_DEPLOYMENT");
  });

  it("as token, feed or venue of a slot is refused: keepers judge margins by what that venue says", async () => {
    const changed = (change: Partial<SlotInfo>): Partial<Deployment> => ({
      slots: deployment.slots.map((slot, i) => (i === 0 ? ({ ...slot, ...change } as SlotInfo) : slot)),
    });
    for (const change of [{ adapter: thief }, { feed: thief }, { token: thief }])
      expect(await opens(changed(change)), Object.keys(change)[0]).to.equal("WRONG_DEPLOYMENT");
  });

  it("is opened where it only writes the market's address without capitals, as a file may", async () => {
    expect(await opens({ market: deployment.market.toLowerCase() })).to.equal("opened");
  });
});
