import { expect } from "chai";
import { contractArtifact, deploy, link } from "../../client/deploy/artifacts.ts";
import { deployVaultLibraries } from "../../client/deploy/market.ts";
import { addVault, CONFIG, deployMarket, openEpoch, PHASE, postBond, USD } from "../support/market.ts";
import type { World } from "../support/market.ts";
import { LIMITS } from "../support/vault.ts";

const EPOCH_SECONDS = CONFIG.submitWindow + CONFIG.clearWindow + CONFIG.snapshotWindow;
const DEPOSIT = 5_000n * USD;
/** From the observation to its publication; the oracle allows `maxAgeSeconds`, up to the snapshot window. */
const LATE_SECONDS = 300;

/**
 * docs/threat-model.md: a depositor can't "choose after the observation whether to be dealt at its price".
 * `Requests.takenInUpTo` keeps requests from when an observation is due, but in the phase AwaitSnapshot alone. An epoch
 * whose snapshot came late is still being cleared when the next observation is due: windows may add up to a whole
 * period (`submitWindow + clearWindow <= epochSeconds`) and count from the publication. The same in any market where
 * nobody has pushed `lapse` yet.
 *
 * Real market and vault; the proof is a stub's, since what it says does not matter here.
 */
describe("A request while an epoch is still being cleared, when the next observation is due", () => {
  let world: World, market: any, vault: any, depositor: any;
  let observedAt: number;

  before(async () => {
    world = await deployMarket({ acceptAll: true, config: { minShareBps: 4_000 } });
    ({ market, governor: depositor } = world);
    const libraries = await deployVaultLibraries(world.governor);
    vault = await deploy(
      world.governor,
      link(contractArtifact("Vault"), { ...libraries }),
      market.target,
      world.desk.target,
      world.cash.target,
      world.authority.target,
      EPOCH_SECONDS,
      {
        name: "Vault",
        symbol: "V",
        owner: world.outsider.address,
        strategyCommitment: 11n,
        mandate: LIMITS,
        dealingInterval: 1,
        dealingOffset: 0,
        changeDelay: 4 * EPOCH_SECONDS,
      },
    );
    await postBond(world, vault.target);
    await market.register(vault.target);
    await addVault(world, 1);
    await world.cash.approve(vault.target, 10n ** 30n);

    // One of two vaults submits, so that the submit window passes and something is to be cleared.
    observedAt = await world.time.latest();
    await world.time.increase(LATE_SECONDS);
    await openEpoch(world, { observedAt });
    const { groups: U, members: M, bookWords } = world.profile;
    await market.connect(world.keeper).submit({
      vault: vault.target,
      h: 1n,
      proof: Array(8).fill(1n),
      newCommitment: 5n,
      redeemShares: 0n,
      nav: 0n,
      insolvent: 0n,
      sealedWords: Array(2 * U + 2 + M * (2 * U + 1) + bookWords).fill(1n),
    });
    await vault.requestDeposit(DEPOSIT, depositor.address, depositor.address);
    await world.time.increaseTo((await market.deadline()) + 1n);
    await market.close();
  });

  it("stays: its price is known, and who may cancel now chooses between that price and none", async () => {
    const due = observedAt + CONFIG.epochSeconds;
    expect(await market.phase()).to.equal(PHASE.clear);
    expect(BigInt(due) < (await market.deadline()), "members may still open the batch then").to.equal(true);
    await world.time.increaseTo(due + 1);

    // The epoch that this observation opens deals the request, if it is still there.
    const cutoff = due - CONFIG.dealMargin;
    expect(await vault.previewDeal(0n, 0n, cutoff, 0n)).to.equal(DEPOSIT);
    const before = await world.networkHelpers.takeSnapshot();
    await world.time.increaseTo((await market.deadline()) + 1n);
    for (let g = 0; g < world.profile.groups; g++) await market.lapse(g);
    await expect(
      vault.cancelDepositRequest(0, depositor.address),
      "so it is as soon as the epoch is settled",
    ).to.be.revertedWithCustomError(vault, "TakenIn");
    await before.restore();

    await expect(vault.cancelDepositRequest(0, depositor.address)).to.be.revertedWithCustomError(vault, "TakenIn");
  });
});
