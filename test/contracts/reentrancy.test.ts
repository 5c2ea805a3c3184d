import { expect } from "chai";
import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import { prepareMarket } from "../../client/deploy/market.ts";
import { bookWords } from "../../prover/book/book.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  CONFIG,
  deployMarket,
  MANDATE,
  openEpoch,
  passDeadline,
  prepare,
  proven,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";
import { derivativeSnapshot, listPerpAndOption, OPTION, PERP } from "../support/derivatives.ts";

const DEPOSIT = 50_000n * USD;
const SPOT = 2;
/** Steps that strangers are refused at the door, locked or not; all others are locked. */
const ROLES = ["register", "halt", "setAuthority"];
const DESK_ROLES = [
  "list",
  "renew",
  "tightenOrderCap",
  "setVenueRule",
  "lowerTradeCap",
  "vetoExit",
  "setExit",
  "forceEndSeries",
  "setAuthority",
];
const MARKETS_ALONE = ["checkpoint", "openEpoch", "execute", "payIn", "payOut", "takeOver", "payResolved"];

/** The least that a function can be called with: zeros and empty arrays. */
const least = (world: World, inputs: readonly any[]): unknown[] =>
  inputs.map((input) => {
    if (input.baseType === "tuple") return least(world, input.components);
    if (input.baseType === "array")
      return Array.from({ length: Math.max(input.arrayLength, 0) }, () => least(world, [input.arrayChildren])[0]);
    if (input.type === "address") return world.outsider.address;
    if (input.type === "bytes32") return world.ethers.ZeroHash;
    if (input.type === "bytes") return "0x";
    if (input.type === "bool") return false;
    return input.type === "string" ? "" : 0n;
  });

describe("A token, venue or vault that is called in a step of market or desk", () => {
  let world: World & { feed: any; venue: any };
  let market: any, desk: any, cash: any, venue: any, spotVenue: any, intruder: any;
  let owners: Owner[];
  let books: Owner["book"][];
  let tried: { name: string; target: any }[];
  let ready: { restore(): Promise<void> };

  // Epoch 1: a perp, an option and a spot slot are traded. Then the market awaits its next snapshot.
  before(async () => {
    const spot = await deployMarket({ slots: [SPOT], config: { minShareBps: 1 }, cash: "ReentrantToken" });
    ({ market, desk, cash, venue: spotVenue } = spot);
    world = { ...spot, ...(await listPerpAndOption(spot, desk)) };
    ({ venue } = world);
    await desk.fundInsurance(1_000n * USD);
    owners = [await addVault(world, 1, MANDATE), await addVault(world, 2, MANDATE)];
    await open();
    const order = { [PERP]: 50n, [OPTION]: 10n, [SPOT]: 100n };
    const batch = [
      (await submit(world, owners[0]!, order, { cashFlow: DEPOSIT })).built,
      (await submit(world, owners[1]!, {}, { cashFlow: DEPOSIT })).built,
    ];
    await closeAndTally(world, batch);
    for (const group of [0, 1]) await expect(clear(world, group, batch)).to.emit(market, "GroupCleared");
    books = owners.map(({ book }) => book);

    intruder = await deploy(world.governor, contractArtifact("Intruder"));
    const steps = (target: any) =>
      target.interface.fragments
        .filter((f: any) => f.type === "function" && f.stateMutability === "nonpayable")
        .map((f: any) => ({
          name: f.name,
          target,
          call: target.interface.encodeFunctionData(f, least(world, f.inputs)),
        }));
    const attempts = [...steps(market), ...steps(desk)];
    expect(attempts.length).to.be.greaterThan(35);
    await intruder.prepare(attempts.map(({ target, call }: any) => [target.target, call]));
    tried = attempts;
    ready = await world.networkHelpers.takeSnapshot();
  });
  beforeEach(() => owners.forEach((owner, i) => (owner.book = books[i]!)));
  afterEach(() => ready.restore());
  after(closeProvers);

  async function open(): Promise<void> {
    await market.connect(world.oracle).checkpoint();
    await openEpoch(world, {
      snapshot: derivativeSnapshot({ unlisted: [3], carryIndex: await desk.carryIndex(PERP) }),
    });
  }
  const enter = () => intruder.interface.encodeFunctionData("enter");
  const byCash = () => cash.prepare(intruder.target, enter());
  const byVenue = () => venue.setCallback(intruder.target, enter());
  const bySpotVenue = () => spotVenue.setCallback(intruder.target, enter());
  const byVault = (owner: Owner) => owner.vault.setCallback(intruder.target, enter());

  function refusal(name: string, target: any): string {
    if ((target === desk ? DESK_ROLES : ROLES).includes(name)) return "AccessManagedUnauthorized";
    if (target === desk && MARKETS_ALONE.includes(name)) return "OnlyMarket";
    if (target === market && ["lock", "unlock"].includes(name)) return "OnlyDesk";
    return "ReentrancyGuardReentrantCall";
  }
  /** The step succeeds, the intruder was called in it, and got nowhere. */
  async function getsNowhere(step: Promise<any>, times = 1): Promise<void> {
    const receipt = await (await step).wait();
    const entries = receipt.logs
      .filter(({ address }: any) => address === intruder.target)
      .map((log: any) => intruder.interface.parseLog(log).args);
    expect(entries.length).to.equal(times * tried.length);
    for (const { attempt, succeeded, reason } of entries) {
      const { name, target } = tried[Number(attempt)]!;
      expect(succeeded, name).to.equal(false);
      expect(target.interface.getError(reason)?.name, name).to.equal(refusal(name, target));
    }
  }
  const submitted = async (owner: Owner, flows: object, order = {}) =>
    market.submit(await proven(world, await prepare(world, owner, order, flows)));

  it("enters neither while deposits are taken in", async () => {
    await open();
    await byCash();
    await getsNowhere(submitted(owners[0]!, { cashFlow: DEPOSIT }));
  });

  it("enters neither while redemptions are paid", async () => {
    await open();
    await byCash();
    await getsNowhere(submitted(owners[0]!, { cashFlow: -1_000n * USD, redeemShares: 1n }));
  });

  it("enters neither while a vault deals", async () => {
    await open();
    await byVault(owners[0]!);
    await getsNowhere(submitted(owners[0]!, { cashFlow: DEPOSIT }));
  });

  it("enters neither while a group is cleared, at any venue or by the token that is paid with", async () => {
    await open();
    const order = { [PERP]: 5n, [SPOT]: 10n };
    const batch = [(await submit(world, owners[0]!, order, {})).built, (await submit(world, owners[1]!, {}, {})).built];
    await closeAndTally(world, batch);
    await byVenue();
    await getsNowhere(clear(world, 0, batch));
    await bySpotVenue();
    await byCash();
    await getsNowhere(clear(world, 1, batch), 2);
  });

  it("enters neither while margin is moved, a series ends or insurance is paid in", async () => {
    await venue.setMargin(PERP, 3_000n, 1_500n);
    await byCash();
    await getsNowhere(desk.rebalanceMargin(PERP));
    await bySpotVenue();
    await getsNowhere(desk.endSeries(SPOT));
    await byCash();
    await getsNowhere(desk.fundInsurance(USD));
    await byVenue();
    await getsNowhere(desk.endSeries(PERP));
  });

  it("enters neither while a vault stops, is taken over or paid", async () => {
    const silent = await addVault(world, 3, MANDATE);
    const idle = async () => {
      await open();
      for (const owner of owners) await submit(world, owner);
      await passDeadline(world);
      await market.close();
      await passDeadline(world);
      for (const group of [0, 1]) await market.lapse(group).catch(() => undefined);
    };
    await open();
    await submit(world, silent, {}, { cashFlow: DEPOSIT });
    await passDeadline(world);
    await market.close();
    await passDeadline(world);
    for (const group of [0, 1]) await market.lapse(group).catch(() => undefined);
    for (let i = 0; i < CONFIG.heartbeatLimit; i++) await idle();
    await market.startRecovery(silent.address);
    await idle();
    await world.time.increase(CONFIG.challengeWindow);
    await byVault(silent);
    await getsNowhere(market.finishChallenge(silent.address));
    await open();
    await byCash();
    await getsNowhere(market.openBook(silent.address, bookWords(silent.book)), 2);
    await byCash();
    await getsNowhere(market.payResolved(silent.address), 2);
  });

  it("can take the lock no more than anybody else but the desk, nor give it back", async () => {
    for (const who of [world.governor, world.oracle, world.outsider]) {
      await expect(market.connect(who).lock()).to.be.revertedWithCustomError(market, "OnlyDesk");
      await expect(market.connect(who).unlock()).to.be.revertedWithCustomError(market, "OnlyDesk");
    }
  });

  it("can ask the desk for nothing that only the market may", async () => {
    for (const who of [world.governor, world.guardian, world.oracle, world.outsider]) {
      for (const step of MARKETS_ALONE) {
        const { inputs } = desk.interface.getFunction(step);
        await expect(desk.connect(who).getFunction(step)(...least(world, inputs)), step)
          .to.be.revertedWithCustomError(desk, "OnlyMarket")
          .withArgs(who.address);
      }
    }
  });

  it("finds no market with the desk of another", async () => {
    const { authority, oracle, committee, verifiers, config } = world;
    const prepared = await prepareMarket(world.governor, world.profile);
    const factory = new world.ethers.ContractFactory(
      prepared.market.abi as any,
      prepared.market.bytecode,
      world.governor,
    );
    const parts = [authority, desk, oracle, committee, verifiers, prepared.constants, config];
    const { governor } = world;
    const at = world.ethers.getCreateAddress({ from: governor.address, nonce: await governor.getNonce() });
    await expect(factory.deploy(...parts))
      .to.be.revertedWithCustomError(market, "Miswired")
      .withArgs("the desk's market", market.target, at);
  });
});
