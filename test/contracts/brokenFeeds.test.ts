import { expect } from "chai";
import { oracleFixture } from "./oracleFixture.ts";
import { listPerpAndOption, OPTION, PERP } from "../support/derivatives.ts";
import { deployMarket } from "../support/market.ts";

const SPOT = 2;
const LIMIT = { gasLimit: 16_000_000 };

/** What may stand where a feed was: code, by what it does. */
const BROKEN = {
  "has no code": "0x",
  // STOP, as an upgraded proxy with a bare fallback does.
  "answers with nothing": "0x00",
  // PUSH1 64, PUSH1 0, RETURN.
  "answers with less than a round": "0x60406000f3",
  // PUSH1 0, DUP1, REVERT.
  reverts: "0x600080fd",
  // JUMPDEST, PUSH1 0, JUMP.
  "eats all gas": "0x5b600056",
} as const;

describe("A feed that", () => {
  for (const [what, code] of Object.entries(BROKEN)) {
    describe(what, () => {
      it("confirms no snapshot, and makes none fail: as an old one", async () => {
        const f = await oracleFixture();
        const publication = await f.publication();
        await f.ethers.provider.send("hardhat_setCode", [f.feed.target, code]);
        await expect(f.oracle.publish(...publication, LIMIT))
          .to.emit(f.oracle, "BreakerTripped")
          .withArgs(1, 0, f.ethers.encodeBytes32String("feed"), 0, 0);
        expect(await f.market.epoch()).to.equal(0n);
      });

      it("and is the sequencer's: says that it is not up, as if it said so itself", async () => {
        const f = await oracleFixture();
        const publication = await f.publication();
        await f.ethers.provider.send("hardhat_setCode", [f.sequencer.target, code]);
        await expect(f.oracle.publish(...publication, LIMIT))
          .to.emit(f.oracle, "BreakerTripped")
          .withArgs(1, 255, f.ethers.encodeBytes32String("sequencer"), 0, 0);
        expect(await f.market.epoch()).to.equal(0n);
      });

      it("stops neither the checkpoint before everybody's snapshot nor the forced end of its slots", async () => {
        const world = await deployMarket({ slots: [SPOT], acceptAll: true });
        const { market, desk, oracle, feeds, tokens } = world;
        const { feed } = await listPerpAndOption(world, desk);
        await market.connect(oracle).checkpoint();
        for (const broken of [feed, feeds[SPOT]])
          await world.ethers.provider.send("hardhat_setCode", [broken.target, code]);
        // Nor does a token that says its decimals no more.
        await world.ethers.provider.send("hardhat_setCode", [tokens[SPOT].target, code]);
        await (await market.connect(oracle).checkpoint(LIMIT)).wait();
        for (const slot of [PERP, OPTION, SPOT]) {
          await (await desk.forceEndSeries(slot, 1n, LIMIT)).wait();
          expect((await desk.slot(slot)).kind, `slot ${slot}`).to.equal(0n);
        }
        await (await market.connect(oracle).checkpoint(LIMIT)).wait();
      });
    });
  }

  it("is given too little gas has not failed: whoever publishes can't make it look so", async () => {
    const f = await oracleFixture();
    const publication = await f.publication();
    const enough: bigint = await f.oracle.publish.estimateGas(...publication);
    for (const percent of [40n, 60n, 80n, 95n]) {
      const gasLimit = (enough * percent) / 100n;
      const receipt = await f.oracle
        .publish(...publication, { gasLimit })
        .then((sent: any) => sent.wait())
        .catch(() => undefined);
      expect(receipt, `${percent} %`).to.equal(undefined);
    }
    await expect(f.oracle.publish(...publication, { gasLimit: enough })).to.emit(f.oracle, "SnapshotAccepted");
  });
});
