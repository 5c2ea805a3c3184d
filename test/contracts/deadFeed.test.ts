import { expect } from "chai";
import { deployedAt } from "../../client/deploy/artifacts.ts";
import { tradedMarket, WholeMarket } from "../support/wholeMarket.ts";

const DAY = 86_400;
const EMERGENCY_WAIT = DAY;

describe("A slot whose feed has died", () => {
  it("can be taken off the table at once while nobody holds a lot, so that the market goes on", async () => {
    const market = await WholeMarket.open();
    await market.passSeconds(2 * DAY);
    const governance = deployedAt("Desk", market.local.deployment.desk, market.governance);
    await (await governance.getFunction("endSeries")(0)).wait();
    expect((await governance.getFunction("slot")(0)).kind).to.equal(0n);
  });

  it("is sold at a floor that governance announced a day before, and pays holders what the sale brought", async () => {
    const market = await tradedMarket();
    const governance = deployedAt("Desk", market.local.deployment.desk, market.governance);
    const manager = deployedAt("Authority", market.local.deployment.accessManager, market.governance);
    const { positionLots } = await governance.getFunction("slotAccount")(0);
    expect(positionLots > 0n).to.equal(true);
    await market.passSeconds(2 * DAY);
    await expect(governance.getFunction("endSeries")(0)).to.be.revertedWithCustomError(governance, "ReferenceNotFresh");

    const floor = 1_000n;
    await expect(governance.getFunction("forceEndSeries")(0, floor), "without an announcement").to.be.revert(
      market.connection.ethers,
    );
    const call = governance.interface.encodeFunctionData("forceEndSeries", [0, floor]);
    await (await manager.getFunction("schedule")(market.local.deployment.desk, call, 0)).wait();
    await expect(governance.getFunction("forceEndSeries")(0, floor), "before the wait is over").to.be.revert(
      market.connection.ethers,
    );
    await market.passSeconds(EMERGENCY_WAIT + 1);

    const cash = deployedAt("TestToken", market.local.deployment.cash, market.governance);
    const before = (await cash.getFunction("balanceOf")(market.local.deployment.desk)) as bigint;
    const receipt = await (await governance.getFunction("forceEndSeries")(0, floor)).wait();
    const received = ((await cash.getFunction("balanceOf")(market.local.deployment.desk)) as bigint) - before;
    const ended = receipt.logs
      .map((log: { topics: string[]; data: string }) => governance.interface.parseLog(log))
      .find((event: { name: string } | null) => event?.name === "SeriesEnded");
    expect(ended.args.exitIndex).to.equal(received / positionLots);
    expect(received >= floor * positionLots).to.equal(true);
  });

  it("is not sold below the floor", async () => {
    const market = await tradedMarket();
    const governance = deployedAt("Desk", market.local.deployment.desk, market.governance);
    const manager = deployedAt("Authority", market.local.deployment.accessManager, market.governance);
    const dear = 10n ** 12n;
    const call = governance.interface.encodeFunctionData("forceEndSeries", [0, dear]);
    await (await manager.getFunction("schedule")(market.local.deployment.desk, call, 0)).wait();
    await market.passSeconds(EMERGENCY_WAIT + 1);
    await expect(governance.getFunction("forceEndSeries")(0, dear)).to.be.revert(market.connection.ethers);
    expect((await governance.getFunction("slot")(0)).kind).to.equal(1n);
  });
});

describe("A clearing that runs short of gas", () => {
  it("reverts instead of failing the group, so that an estimate of its gas is enough for it", async () => {
    const market = await tradedMarket();
    await market.openEpoch();
    for (const vault of market.vaults) await market.submit(vault, { 0: 100n });
    await market.closeEpoch();
    const { nets, rho } = await market.opening(0);
    const contract = deployedAt("Market", market.local.deployment.market, market.keeper);
    const enough = await contract.getFunction("clear").estimateGas(0, nets, rho);
    for (const part of [70n, 80n, 90n, 95n]) {
      await expect(contract.getFunction("clear")(0, nets, rho, { gasLimit: (enough * part) / 100n })).to.be.revert(
        market.connection.ethers,
      );
    }
    const receipt = await (await contract.getFunction("clear")(0, nets, rho, { gasLimit: enough })).wait();
    const names = receipt.logs.map((log: { topics: string[]; data: string }) => contract.interface.parseLog(log)?.name);
    expect(names).to.include("GroupCleared");
  });
});
