import type { ContractTransactionResponse } from "ethers";
import {
  closeAndTally,
  clear,
  deployMarket,
  addVault,
  openEpoch,
  prepare,
  MANDATE,
  USD,
} from "../../test/support/market.ts";
import type { Order, Owner } from "../../test/support/market.ts";
import { DAY, derivativeSnapshot, FEED, listPerpAndOption, OPTION, PERP } from "../../test/support/derivatives.ts";
import type { BuiltSubmission } from "../../prover/index.ts";

const DEPOSIT = 50_000n * USD;

/**
 * Gas of a perp's and an option's steps. They share a group; their venue keeps books and does nothing else, so that
 * what is measured is the desk's own.
 */
export async function derivativeSteps(): Promise<Record<string, number>> {
  const spot = await deployMarket({ slots: [2], config: { minShareBps: 1 }, acceptAll: true });
  const { market, desk } = spot;
  const gas = async (sent: Promise<ContractTransactionResponse>): Promise<number> =>
    Number((await (await sent).wait())!.gasUsed);
  const checkpoint = (): Promise<number> => gas(market.connect(spot.oracle).checkpoint());
  const bare = await checkpoint();
  const world = { ...spot, ...(await listPerpAndOption(spot, desk)) };
  const { venue } = world;
  await desk.fundInsurance(1_000n * USD);
  const owner = await addVault(world, 1, MANDATE);

  const epoch = async (order: Order, flows = {}): Promise<number> => {
    await checkpoint();
    const carryIndex = await desk.carryIndex(PERP);
    await openEpoch(world, { snapshot: derivativeSnapshot({ unlisted: [3], carryIndex }) });
    const batch = [await submit(owner, order, flows)];
    await closeAndTally(world, batch);
    const first = await gas(clear(world, 0, batch));
    await clear(world, 1, batch);
    return first;
  };
  const submit = async (by: Owner, order: Order, flows: object): Promise<BuiltSubmission> => {
    const built = await prepare(world, by, order, flows);
    await market.submit({ ...built.submission, proof: Array(8).fill((1n << 254n) - 1n) });
    by.book = built.newBook;
    return built;
  };

  // Storage that is written over later is written in this epoch.
  await epoch({ [PERP]: 50n, [OPTION]: 20n }, { cashFlow: DEPOSIT });
  const idle = await epoch({});
  const perp = await epoch({ [PERP]: 50n });
  const option = await epoch({ [OPTION]: 20n });
  const both = await checkpoint();
  await venue.setMargin(PERP, 3_000n, 1_500n);
  const rebalanceMargin = await gas(desk.rebalanceMargin(PERP));
  const endOfPerp = await gas(desk.endSeries(PERP));
  const optionAlone = await checkpoint();
  await world.time.increase(7 * DAY);
  await world.feed.updateAnswer(FEED * 100n);
  await venue.setPayoff(OPTION, 0n);
  const proposeExit = await gas(desk.proposeExit(OPTION));
  await world.time.increase(3_601);
  const endOfOption = await gas(desk.endSeries(OPTION));
  return {
    "checkpoint.perp": both - optionAlone,
    "checkpoint.option": optionAlone - bare,
    "clear.idle": idle,
    "clear.tradesPerp": perp - idle,
    "clear.tradesOption": option - idle,
    rebalanceMargin,
    proposeExit,
    "endSeries.option": endOfOption,
    "endSeries.perp": endOfPerp,
  };
}
