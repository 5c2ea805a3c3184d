import { expect } from "chai";
import { OwnerTrust } from "../../client/sdk/roles/trust.ts";
import { microUsd } from "../../prover/base/units.ts";
import type { ChainState } from "../../prover/index.ts";
import { recordsInMemory } from "../support/records.ts";
import { thrownBy } from "../support/thrown.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/**
 * docs/threat-model.md, the node you ask: "In an epoch one state of the vault is answered and no other, so that a node
 * can't ask the same book at many prices." In a dealing epoch the answer is a NAV, which the node is told
 * (`previewDeal`), and of the words in it reporters sign neither carry indices nor what an ended series has paid: each
 * answer at another such word is a position, to the lot.
 */
describe("An owner that has answered one state of an epoch", () => {
  let market: WholeMarket;
  let vault: string;
  before(async () => {
    market = await WholeMarket.open();
    vault = (await market.addVault()).address;
  });
  after(() => market.close());

  /** As a node may lie: what an ended series has paid is in no reporter's words. */
  const lieAbout = (truth: ChainState, paid: bigint): ChainState => ({
    ...truth,
    settle: { ...truth.settle, slots: truth.settle.slots.map((slot) => ({ ...slot, exitIndex: microUsd(paid) })) },
  });
  const state = (): Promise<ChainState> => market.chain.chainState(vault, { cashFlow: 0n });

  it("answers no other when the node has shown the next epoch, and goes back to this one", async () => {
    const trust = new OwnerTrust({ chain: market.chain, state: recordsInMemory() });
    await market.openEpoch();
    const first = await state();
    await trust.requireTrusted(vault, first);
    expect(await thrownBy(trust.requireTrusted(vault, lieAbout(first, 1n)))).to.include({ code: "STATE_CHANGED" });

    // The owner may have been kept from submitting: whether it has is for the node to say.
    await market.closeEpoch();
    await market.openEpoch();
    await trust.requireTrusted(vault, await state());
    // Only the latest epoch is remembered. Two signed snapshots are enough to go to and fro between them for ever.
    for (const paid of [1n, 2n, 3n])
      expect(await thrownBy(trust.requireTrusted(vault, lieAbout(first, paid)))).to.include({ code: "STATE_CHANGED" });
  });

  // What was answered is in a file named by the address as it was typed, and commands take it in either form:
  // `tacit owner run --vault 0xAb…` and `tacit decide --vault 0xab…` answer once each. So is the lock that keeps a second
  // program of the owner's out.
  it("answers no other when its vault's address is typed without capitals", async () => {
    const trust = new OwnerTrust({ chain: market.chain, state: recordsInMemory() });
    const truth = await state();
    await trust.requireTrusted(vault, truth);
    expect(vault).to.not.equal(vault.toLowerCase());
    expect(await thrownBy(trust.requireTrusted(vault.toLowerCase(), lieAbout(truth, 1n)))).to.include({
      code: "STATE_CHANGED",
    });
  });
});
