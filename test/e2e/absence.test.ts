import { expect } from "chai";
import { bookWords, openBookFrom, settleBook, shareOfBook } from "../../prover/index.ts";
import type { Book } from "../../prover/index.ts";
import { microUsd } from "../../prover/base/units.ts";
import type { ContractOf, StepArgs, StepName } from "../../client/sdk/chain/contract.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { readSlots } from "../../client/sdk/views/market.ts";
import { FIRST_DEPOSIT, SECOND_ORDERS, tradedMarket, USD } from "../support/wholeMarket.ts";
import type { MarketMember, MarketVault, WholeMarket } from "../support/wholeMarket.ts";

const HEARTBEAT_LIMIT = 2;
const CHALLENGE_SECONDS = 3_600;
const UNDEALT_DEPOSIT = 70_000n * USD;

/**
 * Who falls silent when, and that money and progress survive it. The steps below are pushed by nobody in particular.
 */
describe("A market that somebody leaves", () => {
  let market: WholeMarket;
  let first: MarketVault;
  let second: MarketVault;
  /** Epoch 1 is settled: shares wait to be claimed, a redemption waits to be dealt. */
  let toAwait: () => Promise<void>;

  before(async () => {
    market = await tradedMarket({ config: { heartbeatLimit: HEARTBEAT_LIMIT, challengeWindow: CHALLENGE_SECONDS } });
    [first, second] = market.vaults as [MarketVault, MarketVault];
    toAwait = await market.checkpoint();
  });
  after(() => market.close());

  /** Epoch 2 takes submissions, and has none. */
  async function toSubmit(): Promise<void> {
    await toAwait();
    await market.openEpoch();
  }

  /** Both vaults are in, and the batch is frozen. */
  async function toClear(): Promise<void> {
    await toSubmit();
    await market.submit(market.vaults[0]!, SECOND_ORDERS[0]);
    await market.submit(market.vaults[1]!, {}, await market.redeemable(market.vaults[1]!));
    await market.closeEpoch(market.outsider);
  }

  const anybody = <Name extends StepName<ContractOf<"Market">>>(
    name: Name,
    ...args: StepArgs<ContractOf<"Market">, Name>
  ) => market.step(name, args, market.outsider);
  const phase = async (): Promise<string> => (await market.chain.status()).phase;
  const epoch = async (): Promise<number> => (await market.chain.status()).epoch;
  const statusOf = async (vault: MarketVault): Promise<string> =>
    (await market.chain.vaultRecord(vault.address)).status;
  const refusal = async (action: Promise<unknown>): Promise<string> =>
    action.then(
      () => "nothing",
      (error: Error) => error.message,
    );
  const supplyOf = (vault: MarketVault): Promise<bigint> =>
    market.chain.vault(vault.address).getFunction("totalSupply")() as Promise<bigint>;

  /** Claims the shares that the first dealing left in the first vault. */
  async function claimShares(): Promise<void> {
    const { claimedShareUnits } = await (await market.depositor(first)).claim();
    expect(claimedShareUnits).to.equal(FIRST_DEPOSIT * 10n ** 6n);
  }

  /** What the second vault's depositor asked for in epoch 1 and epoch 2 dealt. */
  async function claimCash(): Promise<void> {
    const { claimedMicroUsd } = await (await market.depositor(second)).claim();
    // A quarter of what was left after the first trades.
    expect(claimedMicroUsd > (FIRST_DEPOSIT * 24n) / 100n && claimedMicroUsd < FIRST_DEPOSIT / 4n).to.equal(true);
  }

  describe("without a keeper", () => {
    it("has its epochs opened, closed and cleared by anybody", async () => {
      await toAwait();
      await market.refreshPrices();
      await market.passSeconds(120);
      await market.publish((await market.statements()).slice(0, 2), market.outsider);
      expect(await phase()).to.equal("submit");
      await toClear();
      for (const group of await market.chain.pendingGroups())
        expect(await market.clear(group, market.outsider)).to.equal(true);
      expect(await phase()).to.equal("await snapshot");
      await claimCash();
    });

    it("has a window that nobody used closed by anybody after its deadline, and not before", async () => {
      await toSubmit();
      expect(await refusal(anybody("close"))).to.contain("DeadlineNotPassed");
      await market.passDeadline();
      await anybody("close");
      expect(await phase()).to.equal("await snapshot");
      expect((await market.chain.closing(2))!.cancelled).to.equal(true);
    });

    it("has groups that nobody cleared given up by anybody after their deadline, and not before", async () => {
      await toClear();
      expect(await refusal(anybody("lapse", 0))).to.contain("DeadlineNotPassed");
      await market.passDeadline();
      for (const group of [0, 1]) await anybody("lapse", group);
      expect(await phase()).to.equal("await snapshot");
      await claimCash();
    });
  });

  describe("without members of the committee", () => {
    it("clears as ever while T_ORDER + 1 of them are there, whichever they are", async () => {
      for (const away of market.members) {
        await toClear();
        const present = market.members.filter((member) => member !== away);
        for (const group of [0, 1]) {
          const { nets, rho } = await market.opening(group, await market.sums(present));
          await anybody("clear", group, nets, rho);
        }
        expect(await phase(), `without member ${away.number}`).to.equal("await snapshot");
      }
    });

    it("opens nothing with one fewer: orders lapse unseen, dealt cash is paid, and the next epoch settles books without them", async () => {
      await toClear();
      const [alone] = market.members;
      expect(await refusal(market.opening(0, await market.sums([alone!])))).to.contain("ask further members");
      await market.passDeadline();
      for (const group of [0, 1]) await anybody("lapse", group);
      await claimCash();
      await claimShares();

      await market.openEpoch();
      // The second paid redemptions, and so had no order.
      expect(first.book.order.some((delta) => delta !== 0n)).to.equal(true);
      for (const vault of market.vaults) {
        const { settlement } = await market.settled(vault);
        expect(settlement.filled.every((filled) => filled === 0n)).to.equal(true);
        expect(settlement.positions).to.deep.equal(vault.book.positions);
      }
    });

    it("still prints NAV and lets depositors out of cash, epoch after epoch", async () => {
      await toClear();
      await market.passDeadline();
      for (const group of [0, 1]) await anybody("lapse", group);
      await claimShares();
      await (await market.depositor(first)).requestRedeem((await supplyOf(first)) / 2n);
      await market.openEpoch();
      await market.submit(first, {}, await market.redeemable(first));
      const [{ nav, cashFlow } = { nav: 0n, cashFlow: 0n }] = await market.chain.submissions({
        epoch: 3,
        vault: first.address,
      });
      expect(-cashFlow, "half of the NAV").to.be.closeTo(nav / 2n, 10n);
      const { claimedMicroUsd } = await (await market.depositor(first)).claim();
      expect(claimedMicroUsd).to.equal(-cashFlow);
    });
  });

  describe("without reporters", () => {
    it("opens its epoch on a quorum of them", async () => {
      await toAwait();
      await market.refreshPrices();
      await market.passSeconds(120);
      const [, ...present] = await market.statements();
      await market.publish(present, market.outsider);
      expect(await epoch()).to.equal(2);
    });

    it("waits under the quorum, halts when the snapshot is overdue, pays what is priced, and goes on when they are back", async () => {
      await toAwait();
      await market.refreshPrices();
      const [only] = await market.statements();
      expect(await refusal(market.publish([only!], market.outsider))).to.contain("NotEnoughSignatures");
      expect(await refusal(anybody("haltStale"))).to.contain("DeadlineNotPassed");
      await market.passDeadline();
      await anybody("haltStale");
      await claimShares();

      // They are back before anybody has resumed: books settle and money moves, but nobody orders.
      await market.openEpoch();
      expect((await market.chain.opening(2)).halted).to.equal(true);
      const { state } = await market.settled(first);
      expect(state.halted).to.equal(true);
      await market.passDeadline();
      await anybody("close");
      expect(await phase()).to.equal("await snapshot");

      expect(await refusal(anybody("resume"))).to.equal("nothing");
      await market.openEpoch();
      expect((await market.chain.opening(3)).halted).to.equal(false);
    });

    it("clears a frozen batch that no reporter can touch any more", async () => {
      await toClear();
      for (const group of [0, 1]) expect(await market.clear(group, market.outsider)).to.equal(true);
      expect(await phase()).to.equal("await snapshot");
    });
  });

  describe("without an owner", () => {
    it("clears the others' orders, and keeps the silent vault's last fills for it", async () => {
      await toSubmit();
      const words = await market.chain.settleWords(first.address);
      await market.submit(second, SECOND_ORDERS[1]);
      await market.closeEpoch(market.outsider);
      const { nets, rho } = await market.opening(0);
      expect(nets, "the net of a batch of one is its order").to.deep.equal([SECOND_ORDERS[1][0], 0n]);
      await anybody("clear", 0, nets, rho);
      expect(await market.clear(1, market.outsider)).to.equal(true);
      expect(await market.chain.settleWords(first.address)).to.deep.equal(words);
    });

    it("starts no recovery of a vault that missed fewer open epochs than the limit, nor of one that is there", async () => {
      await toAwait();
      expect(await refusal(anybody("startRecovery", first.address))).to.contain("NotMissing");
      await missEpochs(HEARTBEAT_LIMIT - 1);
      expect(await refusal(anybody("startRecovery", first.address))).to.contain("NotMissing");
    });

    it("cancels a recovery as soon as the owner submits", async () => {
      await toAwait();
      await missEpochs(HEARTBEAT_LIMIT);
      await anybody("startRecovery", first.address);
      expect(await statusOf(first)).to.equal("challenged");
      await market.openEpoch();
      await market.submit(first, SECOND_ORDERS[0]);
      expect(await statusOf(first)).to.equal("active");
      expect(await refusal(anybody("finishChallenge", first.address))).to.contain("NotChallenged");
      const { epoch } = await market.chain.status();
      const missed = Array.from({ length: HEARTBEAT_LIMIT }, (_, i) => epoch - HEARTBEAT_LIMIT + i);
      expect(
        (await market.chain.ownerRecord(first.address)).missedEpochs,
        "whoever looks sees which epochs had no order",
      ).to.deep.equal(missed);
      expect(
        (await market.chain.ownerRecord(second.address)).missedEpochs,
        "the running epoch is not missed yet",
      ).to.deep.equal(missed);
    });

    it("gives the owner the whole window and an epoch in it before the challenge ends", async () => {
      await toAwait();
      await missEpochs(HEARTBEAT_LIMIT);
      await anybody("startRecovery", first.address);
      expect(await refusal(anybody("finishChallenge", first.address))).to.contain("ChallengeRunning");
      await market.passSeconds(CHALLENGE_SECONDS + 1);
      expect(await refusal(anybody("finishChallenge", first.address)), "no epoch opened").to.contain(
        "ChallengeRunning",
      );
      await market.openEpoch();
      expect(await refusal(anybody("finishChallenge", first.address)), "the epoch still runs").to.contain(
        "ChallengeRunning",
      );
      await market.passDeadline();
      await anybody("close");
      await anybody("finishChallenge", first.address);
      expect(await statusOf(first)).to.equal("recovering");
    });

    describe("for good", () => {
      let toRecovery: () => Promise<void>;
      before(async () => {
        await toAwait();
        await (await market.depositor(first, 1)).requestDeposit(UNDEALT_DEPOSIT);
        await missEpochs(HEARTBEAT_LIMIT);
        await anybody("startRecovery", first.address);
        await market.passSeconds(CHALLENGE_SECONDS + 1);
        await missEpochs(1);
        await anybody("finishChallenge", first.address);
        toRecovery = await market.checkpoint();
      });
      beforeEach(() => toRecovery());

      it("gives undealt deposits back to the cent, and the claims that are priced", async () => {
        const vault = market.chain.vault(first.address);
        const account = await market.depositorAddress(1);
        const signer = await market.connection.ethers.getSigner(account);
        const cash = (): Promise<bigint> => market.local.cash.getFunction("balanceOf")(account) as Promise<bigint>;
        const before = await cash();
        await (
          await (vault.connect(signer) as typeof vault).getFunction("claimCancelDepositRequest")(0, account, account)
        ).wait();
        expect((await cash()) - before).to.equal(UNDEALT_DEPOSIT);
        await claimShares();
      });

      it("takes no submission of the vault, and goes on without it", async () => {
        await market.openEpoch();
        const built = await market.prepare(second, {}, await market.redeemable(second));
        expect(
          await refusal(market.send(first, { ...built, submission: { ...built.submission, vault: first.address } })),
        ).to.contain("VaultNotActive");
        await market.passDeadline();
        await anybody("close");
        expect(await phase()).to.equal("await snapshot");
      });

      it("opens the book from T_BOOK + 1 members' shares of its latest key, and from no fewer", async () => {
        const recovered = await recoverBook(market.members);
        expect(recovered).to.deep.equal(first.book);
        expect(await refusal(recoverBook(market.members.slice(0, market.profile.bookDegree)))).to.contain(
          "ask further members",
        );
      });

      it("accepts the words of the recovered book and of no other", async () => {
        const words = bookWords(await recoverBook(market.members));
        await market.openEpoch();
        for (let i = 0; i < words.length; i++) {
          expect(
            await refusal(anybody("openBook", first.address, words.with(i, (words[i]! + 1n) as never))),
            `word ${i}`,
          ).to.contain("NotTheBook");
        }
        expect(await refusal(anybody("openBook", first.address, words.slice(1)))).to.contain("NotTheBook");
        const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
        expect(await refusal(anybody("openBook", first.address, words.with(0, (words[0]! + r) as never)))).to.contain(
          "WordNotInField",
        );
        expect(
          await refusal(anybody("openBook", second.address, words)),
          "an active vault's book stays sealed",
        ).to.contain("BookStaysSealed");

        await anybody("openBook", first.address, words);
        const [opened] = await market.chain.market.queryFilter(
          market.chain.market.filters["BookOpened"]!(first.address),
        );
        expect([...(market.chain.market.interface.parseLog(opened!)!.args["words"] as bigint[])]).to.deep.equal(words);
      });

      it("settles the recovered book's last order, which is binding, from the chain's words", async () => {
        const book = await recoverBook(market.members);
        const { snapshotWords } = await market.chain.opening(await epoch());
        const settlement = settleBook(
          market.profile,
          book,
          await market.chain.settle(first.address),
          market.chain.parseSnapshot(snapshotWords),
          microUsd(0n),
        );
        expect(settlement.positions).to.deep.equal([20_000n, 5_000n, 8_000n, 0n]);
        expect(settlement.navBefore > (FIRST_DEPOSIT * 99n) / 100n && settlement.navBefore < FIRST_DEPOSIT).to.equal(
          true,
        );
      });

      it("takes the vault over at what its book is worth with its last order, and pays its share holders all of it as the batches sell it", async () => {
        const words = bookWords(await recoverBook(market.members));
        await market.openEpoch();
        const { settlement, state } = await market.settled(first);
        const unwinding = settlement.positions.reduce((most, q, i) => most + q * state.snapshot.slots[i]!.slip, 0n);
        const bonds = (await market.chain.bonds()).connect(market.ownerAccount(0));
        const bond = (await bonds.getFunction("bondMicroUsd")(first.address)) as bigint;
        expect(bond > unwinding, "the bond is enough for the unwinding").to.equal(true);
        await anybody("openBook", first.address, words);
        const [resolved] = await market.chain.desk.queryFilter(
          market.chain.desk.filters["VaultResolved"]!(first.address),
        );
        const { args } = market.chain.desk.interface.parseLog(resolved!)!;
        expect([...args].slice(1)).to.deep.equal([settlement.navBefore, unwinding, unwinding, settlement.navBefore]);

        // Cash at once, the rest when it is sold: the keeper pays what is there before it does anything else.
        const account = (name: string): Promise<bigint> => market.chain.desk.getFunction(name)() as Promise<bigint>;
        const own = (await account("insuranceMicroUsd")) + (await account("inventoryMicroUsd"));
        expect(own >= settlement.cash + unwinding).to.equal(true);
        const keeper = new Keeper({ chain: market.chain, signer: market.keeper, reporters: [], members: [] });
        expect((await keeper.step())!.step, "the other owner has been away as long").to.equal("startRecovery");
        expect((await keeper.step())!.step).to.equal("payResolved");
        const leaver = await market.depositor(first);
        const { claimedMicroUsd: atOnce } = await leaver.claim();
        expect(close(atOnce, own), `${atOnce} of ${own}`).to.equal(true);
        expect(await refusal(anybody("payResolved", first.address)), "nothing more is there").to.contain(
          "NothingToPay",
        );

        await market.submit(second);
        await market.finishEpoch();
        expect((await readSlots(market.chain)).map(({ inventoryLots }) => inventoryLots)).to.deep.equal([
          0n,
          0n,
          0n,
          0n,
        ]);
        await market.openEpoch();
        await anybody("payResolved", first.address);
        const { claimedMicroUsd: later } = await leaver.claim();
        expect(close(atOnce + later, settlement.navBefore), `${atOnce + later} of ${settlement.navBefore}`).to.equal(
          true,
        );
        expect((await market.chain.desk.getFunction("owedMicroUsd")(first.address)) as bigint).to.equal(0n);
        expect(await account("haircutPpb")).to.equal(0n);
        await sendStep(bonds, "withdraw", [first.address]);
        expect((await bonds.getFunction("bondMicroUsd")(first.address)) as bigint).to.equal(0n);
      });
    });
  });

  /** But for what rounding and the shares that nobody owns take. */
  const close = (got: bigint, due: bigint): boolean => got <= due && due - got <= 10n;

  /** Open epochs that nobody submits in. */
  async function missEpochs(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await market.openEpoch();
      await market.passDeadline();
      await anybody("close");
    }
  }

  /** The first vault's book from its last submission and the members' shares of that submission's book key alone. */
  async function recoverBook(members: readonly MarketMember[]): Promise<Book> {
    const id = market.chain.vaultId(first.address);
    const last = (await market.chain.stateReader(first.address).lastSubmission())!;
    return openBookFrom(
      market.profile,
      id,
      last,
      members.map(({ number, key }) => shareOfBook(market.profile, id, last, number, key)),
    ).book;
  }
});
