import { expect } from "chai";
import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import { movePrice, poolPriceMicroUsd } from "../../client/deploy/local/uniswap.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { settleBook } from "../../prover/index.ts";
import { microUsd } from "../../prover/base/units.ts";
import { spotPlan, USD, WholeMarket } from "../support/wholeMarket.ts";
import type { MarketVault } from "../support/wholeMarket.ts";

/**
 * The crossing attack: somebody owns a vault, clears the batch itself, and trades in the venue around the clearing to
 * shift its price. Orders that cross are much larger than the net that reaches the venue, so if everybody got the
 * venue's price, a push that costs little would take much from the other side.
 */
const SLOT = 0;
const GROUP = 0;
/** $10 million a side cross, $20,000 reach the pool. */
const CROSSING_LOTS = 1_000_000n;
const NET_LOTS = 2_000n;
/** The pool is deep while the seller buys in, and is left with $10 million a side. */
const DEEP_MICRO_USD = 4_000_000_000n * USD;
const LEFT_PARTS = 400n;
/** By how much the pool is pushed off the reference before the clearing, in bps; ε is 50. */
const PUSHES_BPS = [-45n, -30n, -15n, -5n, 0n, 3n, 6n, 12n, 25n, 45n];
const EPSILON_BPS = 50n;
/** As wide a band as the slip, so that pushes in both directions clear. */
const FEE_BPS = 50;
const BPS = 10_000n;

interface Attempt {
  pushBps: bigint;
  cleared: boolean;
  /** What the attacker's trades in the pool have brought, marked at the reference. */
  poolResultMicroUsd: bigint;
  /** What each vault's order has brought: its NAV after less its NAV before, at the same marks. */
  sellerMicroUsd: bigint;
  buyerMicroUsd: bigint;
  charge: bigint;
}

describe("The crossing attack", () => {
  let market: WholeMarket;
  let seller: MarketVault;
  let buyer: MarketVault;
  let toClearing: () => Promise<void>;
  let attempts: Attempt[];
  const referenceOf = (): bigint => market.prices.get("ETH")!;

  before(async () => {
    const plan = spotPlan(SLOT, {
      poolDepthMicroUsd: DEEP_MICRO_USD,
      feeBps: FEE_BPS,
      orderCap: 2_000_000,
      assumedVolumeTokens: 10_000_000,
    });
    market = await WholeMarket.open({ spots: [plan] });
    seller = await market.addVault({ dealingInterval: 100, dealingOffset: 1 });
    buyer = await market.addVault({ dealingInterval: 100, dealingOffset: 1 });
    for (const vault of [seller, buyer]) await (await market.depositor(vault)).requestDeposit(25_000_000n * USD);

    await market.openEpoch();
    await market.submit(seller, { [SLOT]: CROSSING_LOTS });
    await market.submit(buyer);
    await market.finishEpoch();

    await takeLiquidity();
    await market.openEpoch();
    await market.submit(seller, { [SLOT]: -CROSSING_LOTS });
    await market.submit(buyer, { [SLOT]: CROSSING_LOTS + NET_LOTS });
    await market.closeEpoch();
    for (const token of [market.local.cash, base()])
      await (await token.getFunction("mint")(await market.attacker.getAddress(), 10n ** 30n)).wait();
    toClearing = await market.checkpoint();

    attempts = [];
    for (const pushBps of PUSHES_BPS) attempts.push(await attack(pushBps));
  });
  after(() => market.close());

  it("is worth trying: what crosses is hundreds of times the net, and the batch clears at several pushes in each direction", () => {
    expect(CROSSING_LOTS / NET_LOTS > 100n).to.equal(true);
    for (const direction of [-1n, 1n]) {
      expect(attempts.filter(({ pushBps, cleared }) => cleared && pushBps * direction > 0n).length).to.be.greaterThan(
        1,
      );
    }
  });

  it("never earns anything, whichever side the attacker's vault is on and however the pool is pushed before and after", () => {
    for (const { pushBps, poolResultMicroUsd, sellerMicroUsd, buyerMicroUsd } of attempts) {
      const what = `pushed by ${pushBps} bps`;
      expect(poolResultMicroUsd <= 0n, `${what}: ${poolResultMicroUsd} µUSD from the pool`).to.equal(true);
      expect(poolResultMicroUsd + sellerMicroUsd <= 0n, `${what}, owning the seller`).to.equal(true);
      expect(poolResultMicroUsd + buyerMicroUsd <= 0n, `${what}, owning the buyer`).to.equal(true);
    }
  });

  it("takes the same from the attacker's own vault, lot by lot, as from its victims", () => {
    for (const { cleared, charge, sellerMicroUsd, buyerMicroUsd } of attempts) {
      expect(sellerMicroUsd).to.equal(cleared ? -CROSSING_LOTS * charge : 0n);
      expect(buyerMicroUsd).to.equal(cleared ? -(CROSSING_LOTS + NET_LOTS) * charge : 0n);
    }
  });

  it("costs victims no more than the slippage their proofs allowed for", async () => {
    const { snapshotWords } = await market.chain.opening(2);
    const { slip } = market.chain.parseSnapshot(snapshotWords).slots[SLOT]!;
    for (const { charge } of attempts) expect(charge <= slip, `charge ${charge}, allowed ${slip}`).to.equal(true);
  });

  it("would earn thousands under a rule that gives everybody the venue's price", async () => {
    const results: bigint[] = [];
    for (const pushBps of PUSHES_BPS) {
      const { poolResultMicroUsd, fillMicroUsd, referenceMicroUsd } = await attackUnderVenuePrice(pushBps);
      // The attacker owns whichever vault gains.
      const shift = fillMicroUsd - referenceMicroUsd;
      results.push(poolResultMicroUsd + CROSSING_LOTS * (shift < 0n ? -shift : shift));
    }
    const most = results.reduce((a, b) => (a > b ? a : b));
    expect(most > 10_000n * USD, `at most ${most} µUSD`).to.equal(true);
    // A larger push earns more than it costs: nothing but a limit on it would stop the attack.
    expect(results.at(-1)! > results[PUSHES_BPS.indexOf(3n)]!).to.equal(true);
  });

  it("makes a group fail when it pushes beyond ε, changes nothing by it, and the group clears once the price is back", async () => {
    await toClearing();
    const before = await holdings();
    for (const pushBps of [EPSILON_BPS + 5n, -EPSILON_BPS - 5n]) {
      await push(referenceOf() + (referenceOf() * pushBps) / BPS);
      const { nets, rho } = await market.opening(GROUP);
      const receipt = await market.step("clear", [GROUP, nets, rho]);
      const failed = receipt.logs
        .map((log) => market.chain.market.interface.parseLog(log))
        .find((event) => event?.name === "GroupFailed");
      expect(market.chain.market.interface.parseError(failed!.args["reason"] as string)!.name).to.equal(
        "VenueOffReference",
      );
      expect(await holdings()).to.deep.equal(before);
    }
    await push(referenceOf());
    expect(await market.clear(GROUP)).to.equal(true);
    expect((await market.chain.status()).phase).to.equal("await snapshot");
  });

  it("clears as well after a push that only made the charge too high, once the pool has come back", async () => {
    const tooDear = attempts.filter(({ cleared }) => !cleared);
    expect(tooDear.length, "some pushes within ε are refused for their charge").to.be.greaterThan(0);
    await toClearing();
    await push(referenceOf() + (referenceOf() * tooDear[0]!.pushBps) / BPS);
    expect(await market.clear(GROUP)).to.equal(false);
    await push(referenceOf());
    expect(await market.clear(GROUP)).to.equal(true);
  });

  describe("made in one transaction, so that nobody steps in between", () => {
    /** The pool charges 30 bps: whoever trades it back to the reference goes on past the point where that pays. */
    const BACKS_BPS = [-30n, 0n, 30n];
    let single: (Attempt & { backBps: bigint })[];
    before(async () => {
      single = [];
      for (const backBps of BACKS_BPS)
        for (const pushBps of PUSHES_BPS) single.push({ backBps, ...(await attackAtOnce("around", pushBps, backBps)) });
    });

    it("clears at the same pushes as over several transactions, for the same charges", () => {
      const outcome = ({ pushBps, cleared, charge }: Attempt) => ({ pushBps, cleared, charge });
      const near = (a: bigint, b: bigint): boolean => a - b <= 2n && b - a <= 2n;
      for (const attempt of single) {
        const other = outcome(attempts.find(({ pushBps }) => pushBps === attempt.pushBps)!);
        expect(attempt.cleared, `pushed by ${attempt.pushBps} bps`).to.equal(other.cleared);
        expect(
          near(attempt.charge, other.charge),
          `pushed by ${attempt.pushBps} bps: ${attempt.charge}, ${other.charge}`,
        ).to.equal(true);
      }
      expect(single.filter(({ cleared, pushBps }) => cleared && pushBps !== 0n).length).to.be.greaterThan(
        BACKS_BPS.length,
      );
    });

    it("never earns anything with a vault on either side, wherever the attacker leaves the pool", () => {
      for (const { pushBps, backBps, cleared, poolResultMicroUsd, sellerMicroUsd, buyerMicroUsd } of single) {
        const what = `pushed by ${pushBps} bps, left at ${backBps}`;
        if (!cleared) expect(poolResultMicroUsd <= 0n, what).to.equal(true);
        expect(poolResultMicroUsd + sellerMicroUsd <= 0n, `${what}, owning the seller`).to.equal(true);
        expect(poolResultMicroUsd + buyerMicroUsd <= 0n, `${what}, owning the buyer`).to.equal(true);
      }
    });

    it("earns nobody more in the pool than trading back the batch's own net, which anybody may do", () => {
      const best = (list: typeof single): bigint =>
        list.map(({ poolResultMicroUsd }) => poolResultMicroUsd).reduce((a, b) => (a > b ? a : b));
      const honest = best(single.filter(({ pushBps }) => pushBps === 0n));
      expect(best(single) <= honest, `${best(single)} µUSD, ${honest} without a push`).to.equal(true);
    });

    it("fails the group and costs the attacker its push when the clearing is called from inside the swap", async () => {
      const attempt = await attackAtOnce("within", 12n, 0n);
      expect(attempt.cleared).to.equal(false);
      expect(attempt.poolResultMicroUsd < 0n).to.equal(true);
    });
  });

  /** As `attack`, by a contract that pushes, clears and pushes back to `backBps` off the reference. */
  async function attackAtOnce(how: "around" | "within", pushBps: bigint, backBps: bigint): Promise<Attempt> {
    await toClearing();
    const crosser = await deploy(market.attacker, contractArtifact("Crosser"));
    const owned = [market.local.cash, base()];
    const stake = 10n ** 28n;
    for (const token of owned) await (await token.connect(market.attacker).transfer(crosser.target, stake)).wait();
    const worth = async (): Promise<bigint> => worthOf(String(crosser.target));
    const [before, sellerBefore, buyerBefore] = await Promise.all([worth(), navOf(seller), navOf(buyer)]);
    const { contract } = pool();
    const [root] = (await contract.getFunction("slot0")()) as [bigint];
    const cashIsToken0 =
      BigInt((await contract.getFunction("token0")()) as string) === BigInt(market.local.deployment.cash);
    const PRECISION = 10n ** 12n;
    const rootAt = (bps: bigint): bigint => {
      const factor = Math.sqrt(1 + Number(bps) / Number(BPS));
      return (root * BigInt(Math.round((cashIsToken0 ? 1 / factor : factor) * Number(PRECISION)))) / PRECISION;
    };
    const { nets, rho } = await market.opening(GROUP);
    const clearing = [market.local.deployment.market, GROUP, nets, rho];
    await sendStep(crosser, how, [contract.target, rootAt(pushBps), rootAt(backBps), clearing]);
    const poolResultMicroUsd = (await worth()) - before;
    const cleared = (await crosser.getFunction("cleared")()) as boolean;
    if (!cleared) {
      await market.passDeadline();
      await market.step("lapse", [GROUP]);
    }
    const [clearedBatch] = await market.chain.clearings(2);
    return {
      pushBps,
      cleared,
      poolResultMicroUsd,
      charge: clearedBatch?.charges[0] ?? 0n,
      sellerMicroUsd: (await navOf(seller, true)) - sellerBefore,
      buyerMicroUsd: (await navOf(buyer, true)) - buyerBefore,
    };
  }

  const pool = () => market.local.spots.get(SLOT)!.pool;
  const base = () => market.local.spots.get(SLOT)!.token;
  const push = (priceMicroUsd: bigint): Promise<void> =>
    movePrice(market.attacker, market.local.deployment.uniswapRouter, pool(), priceMicroUsd);

  /** Pushes, clears as anybody may, pushes back, and counts what everybody has of it. */
  async function attack(pushBps: bigint): Promise<Attempt> {
    await toClearing();
    const [before, sellerBefore, buyerBefore] = await Promise.all([attackersWorth(), navOf(seller), navOf(buyer)]);
    await push(referenceOf() + (referenceOf() * pushBps) / BPS);
    const cleared = await market.clear(GROUP, market.attacker);
    await push(referenceOf());
    const poolResultMicroUsd = (await attackersWorth()) - before;
    if (!cleared) await market.passDeadline();
    if (!cleared) await market.step("lapse", [GROUP]);
    const [clearing] = await market.chain.clearings(2);
    return {
      pushBps,
      cleared,
      poolResultMicroUsd,
      charge: clearing?.charges[0] ?? 0n,
      sellerMicroUsd: (await navOf(seller, true)) - sellerBefore,
      buyerMicroUsd: (await navOf(buyer, true)) - buyerBefore,
    };
  }

  /** The same, but the net is bought straight from the pool and its price is everybody's. */
  async function attackUnderVenuePrice(
    pushBps: bigint,
  ): Promise<{ poolResultMicroUsd: bigint; fillMicroUsd: bigint; referenceMicroUsd: bigint }> {
    await toClearing();
    const before = await attackersWorth();
    await push(referenceOf() + (referenceOf() * pushBps) / BPS);
    const lotSize = BigInt(market.local.deployment.slots[SLOT]!.lotSize);
    const quoted = (await market.local.uniswap.quoter.getFunction("quoteExactOutputSingle").staticCall({
      tokenIn: market.local.deployment.cash,
      tokenOut: await base().getAddress(),
      amount: NET_LOTS * lotSize,
      fee: pool().feePips,
      sqrtPriceLimitX96: 0n,
    })) as [bigint];
    await push(referenceOf());
    return {
      poolResultMicroUsd: (await attackersWorth()) - before,
      fillMicroUsd: quoted[0] / NET_LOTS,
      referenceMicroUsd: (referenceOf() * lotSize) / 10n ** 18n,
    };
  }

  /** Cash and tokens of the attacker, tokens at the reference. */
  const attackersWorth = async (): Promise<bigint> => worthOf(await market.attacker.getAddress());

  async function worthOf(account: string): Promise<bigint> {
    const [cash, tokens] = await Promise.all(
      [market.local.cash, base()].map((token) => token.getFunction("balanceOf")(account) as Promise<bigint>),
    );
    return cash! + (tokens! * referenceOf()) / 10n ** 18n;
  }

  /**
   * A vault's NAV at the last snapshot, whose marks are the reference; with the pending order once the epoch is
   * settled.
   */
  async function navOf({ address, book }: MarketVault, settled = false): Promise<bigint> {
    const { snapshotWords } = await market.chain.opening(2);
    const snapshot = market.chain.parseSnapshot(snapshotWords);
    if (!settled) return book.positions.reduce<bigint>((nav, q, i) => nav + q * snapshot.slots[i]!.value, book.cashAdj);
    return settleBook(market.profile, book, await market.chain.settle(address), snapshot, microUsd(0n)).navBefore;
  }

  async function holdings(): Promise<bigint[]> {
    const { market: address } = market.local.deployment;
    return Promise.all(
      [market.local.cash, base()].map((token) => token.getFunction("balanceOf")(address) as Promise<bigint>),
    );
  }

  /** The pool's one provider, who is governance here, leaves with all but a part. */
  async function takeLiquidity(): Promise<void> {
    const { positions } = market.local.uniswap;
    const tokenId = 1n;
    const { liquidity } = (await positions.getFunction("positions")(tokenId)) as { liquidity: bigint };
    const removed = liquidity - liquidity / LEFT_PARTS;
    const NO_DEADLINE = 2n ** 64n;
    await (
      await positions.getFunction("decreaseLiquidity")({
        tokenId,
        liquidity: removed,
        amount0Min: 0,
        amount1Min: 0,
        deadline: NO_DEADLINE,
      })
    ).wait();
    expect(await poolPriceMicroUsd(pool())).to.be.closeTo(referenceOf(), referenceOf() / 100n);
  }
});
