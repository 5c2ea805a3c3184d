import { expect } from "chai";
import type { OptionPlan } from "../../client/deploy/local/derivatives.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { bookWords, MandateRefused } from "../../prover/index.ts";
import { closeProvers } from "../support/market.ts";
import { spotPlan, USD, WholeMarket } from "../support/wholeMarket.ts";
import type { MarketVault, Order } from "../support/wholeMarket.ts";

/**
 * The two-Sybil strangle: somebody owns two vaults, sells a strangle from one to the other, and lets a large move
 * decide which of them to abandon. What the seller can't pay, the buyer wants from everybody else. A third vault holds
 * spot and cash, and wants its own. The options are near the money and expire in four days: then the margin, which
 * looks 20 % far and raises volatilities, covers the least of a move of 30 %.
 */
const CALL = 0;
const PUT = 1;
const SPOT = 2;
const ETH = 3_000n * USD;
const DAY = 86_400;
const DEPOSIT = 1_000_000n * USD;
const MOST_BPS = 262_143;
const PPB = 10n ** 9n;
const EXPOSURES = {
  deltaBps: MOST_BPS,
  gammaBps: MOST_BPS,
  vegaBps: MOST_BPS,
  concentrationBps: MOST_BPS,
  grossBps: MOST_BPS,
  netBps: MOST_BPS,
  turnoverBps: MOST_BPS,
};
const common = {
  symbol: "ETH",
  lotSize: 10n ** 16n,
  orderCap: 400_000,
  positionCap: 400_000,
  threshold: 0,
  inventoryCap: 0,
  assumedVolumeTokens: 40_000,
};
const series = (slot: number, now: number, isCall: boolean): OptionPlan => ({
  ...common,
  slot,
  isCall,
  expiry: now + 4 * DAY,
  strikeMicroUsd: isCall ? (ETH * 102n) / 100n : (ETH * 98n) / 100n,
  vol: 0.6,
  priceMicroUsd: ETH,
  poolMicroUsd: 20_000_000n * USD,
});

describe("The strangle between two vaults of one owner, and a move of 30 %", function () {
  this.timeout(900_000);
  let market: WholeMarket;
  /** Sellers: one with margin limits as docs/margin.md wants them, one with the loosest that the proof knows. */
  let careful: MarketVault, reckless: MarketVault;
  let winner: MarketVault;
  let third: MarketVault;
  let funded: () => Promise<void>;

  before(async () => {
    market = await WholeMarket.open({
      spots: [spotPlan(0, { slot: SPOT })],
      options: (now) => [series(CALL, now, true), series(PUT, now, false)],
      config: { maxInitialMarginBps: 10_000, maxMaintenanceMarginBps: 10_000, minShareBps: 1 },
    });
    careful = await market.addVault({ mandate: EXPOSURES });
    reckless = await market.addVault({
      mandate: { ...EXPOSURES, initialMarginBps: 10_000, maintenanceMarginBps: 10_000 },
    });
    winner = await market.addVault({
      mandate: { ...EXPOSURES, initialMarginBps: 10_000, maintenanceMarginBps: 10_000 },
    });
    third = await market.addVault();
    for (const vault of market.vaults) await (await market.depositor(vault)).requestDeposit(DEPOSIT);
    await market.openEpoch();
    funded = await market.checkpoint();
  });
  after(async () => {
    await market.close();
    await closeProvers();
  });

  const strangles = (lots: bigint): Order => ({ [CALL]: lots, [PUT]: lots });

  /** The most strangles that the vault's mandate lets it sell. */
  async function mostOf(seller: MarketVault): Promise<bigint> {
    let [low, high] = [0n, 400_000n];
    while (high - low > 1_000n) {
      const middle = (low + high) / 2n;
      const fits = await market.prepare(seller, strangles(-middle)).then(
        () => true,
        (error: unknown) => {
          if (error instanceof MandateRefused) return false;
          throw error;
        },
      );
      if (fits) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The two trade with each other, ether rises by 30 %, and the next epoch opens, halted by the breakers. */
  async function play(seller: MarketVault): Promise<void> {
    await funded();
    const lots = await mostOf(seller);
    await market.submit(seller, strangles(-lots));
    await market.submit(winner, strangles(lots));
    await market.submit(third, { [SPOT]: 30_000n });
    await market.finishEpoch();
    for (const vault of [winner, third]) {
      const depositor = await market.depositor(vault);
      const { claimedShareUnits } = await depositor.claim();
      await depositor.requestRedeem(claimedShareUnits / 5n);
    }
    market.prices.set("ETH", (ETH * 13n) / 10n);
    await market.openEpoch();
    expect((await market.chain.status()).halted).to.equal(true);
  }

  const haircut = (): Promise<bigint> => market.chain.haircutPpb();
  const insurance = (): Promise<bigint> => market.chain.desk.getFunction("insuranceMicroUsd")() as Promise<bigint>;
  /** Redeems what was asked for. @returns what it is worth at the vault's NAV, and what came */
  async function leave(vault: MarketVault): Promise<{ due: bigint; paid: bigint }> {
    const shares = await market.redeemable(vault);
    expect(shares > 0n, "somebody wants to leave").to.equal(true);
    const { settlement } = await market.settled(vault);
    const supply = (await market.chain.vault(vault.address).getFunction("totalSupply")()) as bigint;
    const cash = (): Promise<bigint> => market.local.cash.getFunction("balanceOf")(vault.address) as Promise<bigint>;
    const before = await cash();
    await market.submit(vault, {}, shares);
    return { due: (shares * (settlement.navBefore + 1n)) / (supply + 1_000_000n), paid: (await cash()) - before };
  }
  /** Asks for another tenth of the first deposit's shares back, in time for the next epoch. */
  const ask = async (vault: MarketVault): Promise<void> => {
    const depositor = await market.depositor(vault);
    await depositor.requestRedeem((DEPOSIT * 10n ** 6n) / 10n);
  };

  it("(a) with margin as documented, the seller pays its debt out of what it has", async () => {
    await play(careful);
    const { settlement } = await market.settled(careful);
    expect(settlement.insolvent, `NAV ${settlement.navBefore}`).to.equal(false);
    const out = await leave(third);
    expect(out.paid).to.equal(out.due);
    const won = await leave(winner);
    expect(won.paid).to.equal(won.due);
    expect(await haircut()).to.equal(0n);
  });

  describe("with margin as loose as the proof allows, the seller owes more than it has", () => {
    let deficit: bigint;
    let unwinding: bigint;
    let declared: () => Promise<void>;

    // The seller says so. The winner, who had asked before the move, takes a fifth with it at once, in full.
    before(async () => {
      await play(reckless);
      const { settlement, state } = await market.settled(reckless);
      expect(settlement.insolvent, `NAV ${settlement.navBefore}`).to.equal(true);
      deficit = -settlement.navBefore;
      unwinding = settlement.positions.reduce(
        (sum, q, i) => sum + (q < 0n ? -q : q) * state.snapshot.slots[i]!.slip,
        0n,
      );
      const early = await leave(winner);
      expect(early.paid).to.equal(early.due);
      await market.submit(reckless);
      await market.closeEpoch();
      await ask(winner);
      declared = await market.checkpoint();
    });
    beforeEach(() => declared());

    /** The next epoch opens, and whoever knows the book opens it. */
    async function resolve(bond: bigint, funds: bigint): Promise<void> {
      const bonds = (await market.chain.bonds()).connect(market.governance);
      const posted = (await bonds.getFunction("bondMicroUsd")(reckless.address)) as bigint;
      if (bond > posted) {
        await sendStep(market.local.cash, "approve", [bonds.target, bond - posted]);
        await sendStep(bonds, "post", [reckless.address, bond - posted]);
      }
      if (funds > 0n) {
        await sendStep(market.local.cash, "approve", [market.local.desk.target, funds]);
        await sendStep(market.local.desk, "fundInsurance", [funds]);
      }
      await market.openEpoch();
      await market.step("openBook", [reckless.address, bookWords(reckless.book)], market.outsider);
      expect((await market.chain.vaultRecord(reckless.address)).status).to.equal("resolved");
    }
    const inFull = async (): Promise<void> => {
      expect(await haircut()).to.equal(0n);
      for (const vault of [third, winner]) {
        const { due, paid } = await leave(vault);
        expect(paid, `due ${due}`).to.equal(due);
      }
    };
    /** Prices creep on between epochs, and slips with them. */
    const enough = (): bigint => deficit + 2n * unwinding;

    it("(b) and a bond that is large enough pays it: nobody else notices", async () => {
      const before = await insurance();
      await resolve(enough(), 0n);
      await inFull();
      expect((await insurance()) >= before).to.equal(true);
      expect(
        ((await (await market.chain.bonds()).getFunction("bondMicroUsd")(reckless.address)) as bigint) > 0n,
        "the rest of the bond is the owner's",
      ).to.equal(true);
    });

    it("(c) and bond and insurance together pay it: the third vault's people leave at its full NAV, to the micro-dollar", async () => {
      await resolve(0n, enough());
      await inFull();
    });

    it("(d) and beyond both, one public haircut cuts everybody who leaves from the next epoch on alike, the winner too", async () => {
      await resolve(0n, deficit / 4n);
      expect(await haircut(), "proofs of this epoch are under way").to.equal(0n);
      await market.closeEpoch();
      await market.openEpoch();
      const cut = await haircut();
      expect(cut > 0n && cut < PPB).to.equal(true);
      const net = (amount: bigint): bigint => (amount * (PPB - cut)) / PPB;
      for (const vault of [winner, third]) {
        const { due, paid } = await leave(vault);
        expect(paid).to.equal(net(due));
        const { claimedMicroUsd } = await (await market.depositor(vault)).claim();
        expect(paid - claimedMicroUsd <= 1n, "what came is what can be claimed").to.equal(true);
      }
      expect(await market.chain.vault(third.address).getFunction("haircutPpb")()).to.equal(cut);
    });

    it("what was taken over is no obstacle to the batches, whether the venue trades options so deep in the money or not", async () => {
      await resolve(enough(), 0n);
      const held = async (): Promise<bigint> => {
        const { inventoryLots } = (await market.chain.desk.getFunction("slotAccount")(CALL)) as {
          inventoryLots: bigint;
        };
        return inventoryLots;
      };
      const first = await held();
      await market.submit(third);
      await market.closeEpoch();
      await market.step("resume", [], market.governance);
      // The breakers' buckets drain in a day.
      await market.passSeconds(26 * 3_600);
      await market.openEpoch();
      await market.submit(third, { [SPOT]: 1_000n });
      await market.submit(winner);
      await market.finishEpoch();
      const next = await held();
      expect(first < 0n && next >= first && next <= 0n, `${first} then ${next}`).to.equal(true);
      await market.openEpoch();
      expect(await haircut()).to.equal(0n);
    });
  });
});
