import { expect } from "chai";
import { prepareSubmission } from "../../client/sdk/decision.ts";
import type { MarketChain } from "../../client/sdk/chain.ts";
import type { Prepared } from "../../client/sdk/decision.ts";
import { profiles } from "../../prover/profile.ts";
import { bps } from "../../prover/units.ts";
import { requestFor } from "../support/adherence.ts";
import { DOLLAR, holding, LOOSE, perpSlot, situationOf, snapshotOf, spotSlot, strategyOf } from "../support/strategy.ts";

const SMALL = profiles.small;
const NAV = 1_000_000n * DOLLAR;
const PER_MICRO_USD = 10n ** 6n;

/** What the reference owner makes of a dealing epoch with `asked` shares in the queue; the book holds `spot` lots of $1,000, the rest of a million is cash. */
function owner(asked: bigint, spot: bigint, cashFloorBps = 500n): Promise<Prepared> {
  const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
  const strategy = strategyOf(SMALL, { weightBps: [1_000n, 0n, 0n, 0n] });
  const situation = situationOf(SMALL, snapshot, holding(snapshot, { 0: spot }, 1_000_000n - 1_000n * spot), { mandate: { ...LOOSE, cashFloorBps: bps(cashFloorBps) } });
  const { chain: state, book, seed } = requestFor(SMALL, strategy, situation);
  const view: Record<string, (...args: bigint[]) => bigint> = {
    previewDeal: (_nav, shares) => -(shares! / PER_MICRO_USD), redeemableShares: () => asked, convertToAssets: (shares) => shares! / PER_MICRO_USD,
  };
  const chain = {
    profile: SMALL, vault: () => ({ getFunction: (name: string) => async (...args: bigint[]) => view[name]!(...args) }),
    chainState: async () => ({ ...state, dealing: true, cashWanted: asked / PER_MICRO_USD }), dealCutoff: async () => 0n, haircutPpb: async () => 0n,
    terms: async (_vault: string, _epoch: number, { redeemShares }: { redeemShares: bigint }) => ({ cashWanted: (asked - redeemShares) / PER_MICRO_USD }),
  } as unknown as MarketChain;
  return prepareSubmission({ chain, vault: "", seed, strategy, book });
}

describe("The redemption queue of the reference owner", () => {
  it("lets anybody with a share stop an epoch's order: a micro-dollar in the queue is paid, and nothing is traded", async () => {
    const [alone, dusted] = [await owner(0n, 400n), await owner(PER_MICRO_USD, 400n)];
    expect(alone.built.newBook.order[0]).to.equal(-300n);
    expect(dusted.built.newBook.order[0]).to.equal(0n);
  });

  it("tells nothing of the book's cash but in sixteenths of the queue", async () => {
    const all = NAV * PER_MICRO_USD;
    for (const spot of [200n, 503n, 611n, 777n]) {
      const { request } = await owner(all, spot);
      expect(request.redeemShares % (all / 16n), `paid of the queue with ${1_000n - spot} thousand in cash: ${request.redeemShares / PER_MICRO_USD / DOLLAR} dollars`).to.equal(0n);
      expect(request.redeemShares).to.be.greaterThan(0n);
    }
  });
});
