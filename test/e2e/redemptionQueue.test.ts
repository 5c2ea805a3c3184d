import { expect } from "chai";
import { prepareSubmission } from "../../client/sdk/roles/decision.ts";
import { OwnerTrust } from "../../client/sdk/roles/trust.ts";
import { recordsInMemory } from "../support/records.ts";
import { plainStrategy } from "../support/rebalance.ts";
import { FIRST_DEPOSIT, tradedMarket } from "../support/wholeMarket.ts";

/**
 * What the reference owner makes of dealing epochs. The vault's strategy sells whatever it holds, so that every epoch
 * without an order shows.
 */
describe("The redemption queue of the reference owner", function () {
  this.timeout(300_000);
  let market: Awaited<ReturnType<typeof tradedMarket>>;
  before(async () => {
    market = await tradedMarket();
  });
  after(() => market.close());

  const prepare = async () => {
    const { address, seed, book } = market.vaults[0];
    return prepareSubmission({
      chain: market.chain,
      vault: address,
      seed,
      strategy: plainStrategy(market.profile),
      trust: new OwnerTrust({ chain: market.chain, state: recordsInMemory() }),
      book,
    });
  };
  const sells = (order: readonly bigint[]): boolean => order.some((delta) => delta < 0n);

  it("is paid out of deposits first, and in sixteenths of the rest, which keeps the book's cash to itself", async () => {
    const [vault, other] = market.vaults;
    const leaver = await market.depositor(vault);
    const { claimedShareUnits } = await leaver.claim();
    await leaver.requestRedeem((claimedShareUnits * 9n) / 10n);
    await (await market.depositor(vault, 1)).requestDeposit(FIRST_DEPOSIT / 10n);
    await market.openEpoch();

    const { request, built } = await prepare();
    const { navBefore } = built.settlement;
    const least = (await market.chain.vault(vault.address).getFunction("leastRedeemedShares")(
      navBefore,
      await market.chain.dealCutoff(),
      0n,
    )) as bigint;
    const asked = await market.redeemable(vault);
    expect([least > 0n, request.redeemShares > least, request.redeemShares < asked]).to.deep.equal([true, true, true]);
    const part = ((request.redeemShares - least) * 16n) / (asked - least);
    expect(request.redeemShares).to.be.oneOf([part, part + 1n].map((k) => least + ((asked - least) * k) / 16n));
    expect([request.chain.outflow, sells(built.newBook.order)], "it pays, so it does not trade").to.deep.equal([
      true,
      false,
    ]);
    await market.send(vault, built);
    await market.submit(other);
    await market.finishEpoch();
    const { payingEpochs, missedEpochs } = await market.chain.ownerRecord(vault.address);
    expect([payingEpochs, missedEpochs], "everybody sees which epochs had no order for that").to.deep.equal([
      [Number(request.chain.epoch)],
      [],
    ]);
    expect((await market.chain.ownerRecord(other.address)).payingEpochs).to.deep.equal([]);
  });

  it("is not paid beyond deposits again before every group has had its turn: whoever asks for a little each time stops neither the vault nor a group's options", async () => {
    const [vault, other] = market.vaults;
    const { groups } = market.profile;
    const paid: boolean[] = [];
    for (let i = 0; i <= groups; i++) {
      await market.openEpoch();
      expect((await market.redeemable(vault)) > 0n, "somebody waits").to.equal(true);
      const { request, built } = await prepare();
      if (i === 0) expect(sells(built.newBook.order), "the order is sent again").to.equal(true);
      paid.push(request.chain.outflow);
      await market.send(vault, built);
      await market.submit(other);
      await market.finishEpoch();
    }
    expect(paid).to.deep.equal([...Array<boolean>(groups).fill(false), true]);
  });
});
