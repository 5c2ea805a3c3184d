import { expect } from "chai";
import { deployVaultLibraries, linkedVault } from "../../client/deploy/market.ts";
import {
  CHANGE_DELAY,
  EXIT_SECONDS,
  LIMITS,
  USD,
  connection,
  deal,
  deployVault,
  vaultTerms,
} from "../support/vault.ts";
import type { VaultFixture } from "../support/vault.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const TIGHTER = { ...LIMITS, grossBps: LIMITS.grossBps - 1n, cashFloorBps: LIMITS.cashFloorBps + 1n };
const LOOSER = { ...LIMITS, grossBps: LIMITS.grossBps + 1n };
const MIXED = { ...TIGHTER, initialMarginBps: LIMITS.initialMarginBps + 1n };

describe("What depositors were promised", () => {
  let f: VaultFixture;
  const fixture = () => deployVault();
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(fixture);
  });
  const mandate = async () => (await f.vault.mandate()).toObject();
  const asGovernance = () => f.vault.connect(f.governance);
  const requestRedeem = async (who: any) =>
    f.vault.connect(who).requestRedeem(await f.vault.balanceOf(who.address), who.address, who.address);
  async function giveShares(who: any): Promise<void> {
    await f.vault.connect(who).requestDeposit(100n * USD, who.address, who.address);
    await deal(f, await f.vault.lastNavMicroUsd());
    await f.vault.connect(who).getFunction("deposit(uint256,address)")(100n * USD, who.address);
  }

  describe("is a mandate that", () => {
    it("tightens at once", async () => {
      await expect(asGovernance().setMandate(TIGHTER))
        .to.emit(f.vault, "MandateChanged")
        .withArgs(Object.values(TIGHTER));
      expect(await mandate()).to.deep.equal(TIGHTER);
    });

    it("loosens only after the delay, announced in an event, and then by anybody's hand", async () => {
      for (const limits of [LOOSER, MIXED]) {
        await asGovernance().setMandate(limits);
        const due = BigInt(await time.latest()) + BigInt(CHANGE_DELAY);
        expect(await mandate()).to.deep.equal(LIMITS);
        expect((await f.vault.pendingMandate()).effectiveAt).to.equal(due);
        expect((await f.vault.pendingMandate()).limits.toObject()).to.deep.equal(limits);
        await time.setNextBlockTimestamp(due - 1n);
        await expect(f.vault.connect(f.carol).applyMandate())
          .to.be.revertedWithCustomError(f.vault, "TooEarly")
          .withArgs(due);
      }
      await time.setNextBlockTimestamp((await f.vault.pendingMandate()).effectiveAt);
      await expect(f.vault.connect(f.carol).applyMandate())
        .to.emit(f.vault, "MandateChanged")
        .withArgs(Object.values(MIXED));
      expect(await mandate()).to.deep.equal(MIXED);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "NothingPending");
    });

    it("starts the delay anew when another loosening is announced", async () => {
      await asGovernance().setMandate(LOOSER);
      await time.increase(CHANGE_DELAY - 10);
      await asGovernance().setMandate({ ...LOOSER, netBps: LOOSER.netBps + 5n });
      await time.increase(20);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "TooEarly");
    });

    it("forgets an announced loosening when it is tightened, or when the limits in force are set again", async () => {
      for (const limits of [LIMITS, TIGHTER]) {
        await asGovernance().setMandate(LOOSER);
        await asGovernance().setMandate(limits);
        await time.increase(CHANGE_DELAY);
        await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "NothingPending");
      }
    });

    it("cannot be loosened while somebody who asked to leave in time has not been paid", async () => {
      await giveShares(f.alice);
      await giveShares(f.bob);
      await asGovernance().setMandate(LOOSER);
      const announced = await time.latest();
      await time.setNextBlockTimestamp(announced + CHANGE_DELAY - EXIT_SECONDS);
      await requestRedeem(f.alice);
      await time.setNextBlockTimestamp(announced + CHANGE_DELAY - EXIT_SECONDS + 1_000);
      await requestRedeem(f.bob);
      await time.increaseTo(announced + CHANGE_DELAY);

      const alices: bigint = await f.vault.pendingRedeemRequest(0, f.alice.address);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "ExitsPending").withArgs(alices);
      await deal(f, 200n * USD, alices - 1n);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "ExitsPending").withArgs(1n);
      await deal(f, 100n * USD, 1n);
      await f.vault.applyMandate();
      expect(await mandate(), "bob asked after the first exit period and does not hold it up").to.deep.equal(LOOSER);
    });

    it("is loosened for no epoch that was observed before, and tightened for the open one", async () => {
      await asGovernance().setMandate(LOOSER);
      await time.increase(CHANGE_DELAY);
      const cutoff = await time.latest();
      const pointer = async (at: number): Promise<string> => (await f.vault.terms(1, 0, at)).mandatePointer;
      const before = await pointer(cutoff);
      await f.vault.applyMandate();
      expect(await pointer(cutoff)).to.equal(before);
      expect(await pointer(await time.latest())).to.not.equal(before);
      await asGovernance().setMandate(TIGHTER);
      expect(await pointer(cutoff)).to.equal(await pointer(await time.latest()));
      expect(await mandate()).to.deep.equal(TIGHTER);
    });

    it("is not loosened for the open epoch by setting it again, or by tightening the looser one a little", async () => {
      const slightly = { ...LOOSER, netBps: LOOSER.netBps - 1n };
      for (const limits of [LOOSER, slightly]) {
        f = await deployVault();
        await asGovernance().setMandate(LOOSER);
        await time.increase(CHANGE_DELAY);
        const cutoff = await time.latest();
        const pointer = async (at: number): Promise<string> => (await f.vault.terms(1, 0, at)).mandatePointer;
        const before = await pointer(cutoff);
        await f.vault.connect(f.carol).applyMandate();
        await asGovernance().setMandate(limits);
        expect(await pointer(cutoff), "the epoch observed before keeps what depositors were promised").to.equal(before);
        expect(await mandate()).to.deep.equal(limits);
        expect(await pointer(await time.latest())).to.not.equal(before);
      }
    });

    it("nor while somebody has waited longer than a request may take, whenever it asked", async () => {
      await giveShares(f.bob);
      await asGovernance().setMandate(LOOSER);
      await time.increase(CHANGE_DELAY);
      await requestRedeem(f.bob);
      const asked = await time.latest();
      await time.setNextBlockTimestamp(asked + EXIT_SECONDS);
      const bobs: bigint = await f.vault.pendingRedeemRequest(0, f.bob.address);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "ExitsPending").withArgs(bobs);
      await deal(f, 100n * USD, bobs);
      await f.vault.applyMandate();
      expect(await mandate()).to.deep.equal(LOOSER);
    });

    it("once its delay has passed twice: what is not put into force by then is void", async () => {
      await asGovernance().setMandate(LOOSER);
      const lapsedAt = (await time.latest()) + 2 * CHANGE_DELAY;
      await time.setNextBlockTimestamp(lapsedAt);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "TooLate").withArgs(lapsedAt);
      await asGovernance().setMandate(LOOSER);
      await time.increase(CHANGE_DELAY);
      await f.vault.applyMandate();
    });

    it("can be bound for ever: after abdicate() nobody loosens it, and it still tightens", async () => {
      await asGovernance().setMandate(LOOSER);
      await expect(asGovernance().abdicate()).to.emit(f.vault, "LooseningAbdicated");
      await time.increase(CHANGE_DELAY);
      await expect(f.vault.applyMandate()).to.be.revertedWithCustomError(f.vault, "NothingPending");
      for (const limits of [LOOSER, MIXED]) {
        await expect(asGovernance().setMandate(limits)).to.be.revertedWithCustomError(f.vault, "LooseningIsAbdicated");
      }
      await asGovernance().setMandate(TIGHTER);
      await expect(asGovernance().setMandate(LIMITS)).to.be.revertedWithCustomError(f.vault, "LooseningIsAbdicated");
      await asGovernance().abdicate();
      await expect(asGovernance().setMandate(LOOSER)).to.be.revertedWithCustomError(f.vault, "LooseningIsAbdicated");
    });

    it("never leaves the range of the proofs, from the first day", async () => {
      const beyond = { ...LIMITS, participationBps: 10_001n };
      await expect(asGovernance().setMandate(beyond))
        .to.be.revertedWithCustomError({ interface: limitErrors }, "LimitTooLarge")
        .withArgs(4n, 10_001n, 10_000n);
      await expect(deployVault("TestToken", { mandate: beyond })).to.be.revertedWithCustomError(
        { interface: limitErrors },
        "LimitTooLarge",
      );
    });

    it("is governance's alone", async () => {
      for (const who of [f.owner, f.market, f.alice]) {
        await expect(f.vault.connect(who).setMandate(TIGHTER)).to.be.revertedWithCustomError(
          f.vault,
          "AccessManagedUnauthorized",
        );
        await expect(f.vault.connect(who).abdicate()).to.be.revertedWithCustomError(
          f.vault,
          "AccessManagedUnauthorized",
        );
      }
    });
  });

  describe("is a strategy that", () => {
    it("changes only after the delay, announced in an event", async () => {
      await expect(f.vault.connect(f.owner).setStrategy(12n)).to.emit(f.vault, "StrategyAnnounced");
      const due = BigInt(await time.latest()) + BigInt(CHANGE_DELAY);
      expect(await f.vault.pendingStrategy()).to.deep.equal([12n, due]);
      await time.setNextBlockTimestamp(due - 1n);
      await expect(f.vault.applyStrategy()).to.be.revertedWithCustomError(f.vault, "TooEarly").withArgs(due);
      expect((await f.vault.terms(1, 0, 0)).strategyCommitment_).to.equal(11n);
      await time.setNextBlockTimestamp(due);
      await expect(f.vault.connect(f.carol).applyStrategy()).to.emit(f.vault, "StrategyChanged").withArgs(12n);
      expect((await f.vault.terms(1, 0, due)).strategyCommitment_).to.equal(12n);
    });

    it("decides on no snapshot that was observed before: whoever has seen it chooses nothing, however long the change has been due", async () => {
      await f.vault.connect(f.owner).setStrategy(12n);
      await time.increase(CHANGE_DELAY + CHANGE_DELAY / 2);
      const cutoff = await time.latest();
      await time.increase(600);
      await f.vault.connect(f.owner).applyStrategy();
      expect((await f.vault.terms(1, 0, cutoff)).strategyCommitment_).to.equal(11n);
      const next = await time.latest();
      expect((await f.vault.terms(2, 0, next)).strategyCommitment_).to.equal(12n);

      await f.vault.connect(f.owner).setStrategy(13n);
      await time.increase(CHANGE_DELAY);
      await f.vault.connect(f.owner).applyStrategy();
      expect(
        (await f.vault.terms(3, 0, (await time.latest()) - 1)).strategyCommitment_,
        "and the next change likewise",
      ).to.equal(12n);
    });

    it("is not held in hand by its owner: an unpaid request of the owner's own lets it lapse, and others are paid before it", async () => {
      await giveShares(f.alice);
      await giveShares(f.bob);
      const dust = 1_000_000n;
      await f.vault.connect(f.alice).requestRedeem(dust, f.alice.address, f.alice.address);
      await f.vault.connect(f.owner).setStrategy(12n);
      await time.increase(CHANGE_DELAY);
      await expect(f.vault.connect(f.carol).applyStrategy())
        .to.be.revertedWithCustomError(f.vault, "ExitsPending")
        .withArgs(dust);
      await requestRedeem(f.bob);
      const bobs: bigint = await f.vault.pendingRedeemRequest(0, f.bob.address);
      await time.increase(EXIT_SECONDS);
      await deal(f, 200n * USD, dust);
      await expect(f.vault.applyStrategy()).to.be.revertedWithCustomError(f.vault, "ExitsPending").withArgs(bobs);
      await time.increase(CHANGE_DELAY);
      await deal(f, 200n * USD, bobs);
      await expect(f.vault.applyStrategy()).to.be.revertedWithCustomError(f.vault, "TooLate");
      expect((await f.vault.terms(1, 0, await time.latest())).strategyCommitment_).to.equal(11n);
    });

    it("does not change while somebody who asked to leave in time has not been paid", async () => {
      await giveShares(f.alice);
      await requestRedeem(f.alice);
      await f.vault.connect(f.owner).setStrategy(12n);
      await time.increase(CHANGE_DELAY);
      await expect(f.vault.applyStrategy()).to.be.revertedWithCustomError(f.vault, "ExitsPending");
      await deal(f, 100n * USD, await f.vault.pendingRedeemRequest(0, f.alice.address));
      await f.vault.applyStrategy();
    });

    it("stays when the owner thinks again", async () => {
      await f.vault.connect(f.owner).setStrategy(12n);
      await f.vault.connect(f.owner).setStrategy(11n);
      await time.increase(CHANGE_DELAY);
      await expect(f.vault.applyStrategy()).to.be.revertedWithCustomError(f.vault, "NothingPending");
    });

    it("is the owner's alone, and a field element", async () => {
      for (const who of [f.governance, f.market, f.alice]) {
        await expect(f.vault.connect(who).setStrategy(12n)).to.be.revertedWithCustomError(f.vault, "NotOwner");
      }
      await expect(f.vault.connect(f.owner).setStrategy(FIELD))
        .to.be.revertedWithCustomError(f.vault, "NotAFieldElement")
        .withArgs(FIELD);
      await expect(deployVault("TestToken", { strategyCommitment: FIELD })).to.be.revertedWithCustomError(
        f.vault,
        "NotAFieldElement",
      );
    });
  });

  describe("is kept by a factory that", () => {
    let factory: any;
    let registrar: any;
    let code: string;
    beforeEach(async () => {
      registrar = await ethers.deployContract("RegistrarStub", [f.manager.target, f.token.target, BOND]);
      const libraries = await deployVaultLibraries(f.governance as any);
      code = linkedVault(libraries);
      factory = await ethers.deployContract("VaultFactory", [
        f.manager.target,
        registrar.target,
        3_600,
        libraries.Terms,
        libraries.Requests,
        ethers.keccak256(code),
      ]);
      const REGISTRAR_ROLE = 7n;
      await f.manager.setTargetFunctionRole(
        registrar.target,
        [registrar.interface.getFunction("register").selector],
        REGISTRAR_ROLE,
      );
      await f.manager.grantRole(REGISTRAR_ROLE, factory.target, 0);
      await f.token.connect(f.alice).approve(factory.target, 2n * BOND);
    });

    it("creates and registers as many vaults as governance approved, and no more", async () => {
      const terms = vaultTerms(f.alice.address);
      const create = () => factory.connect(f.alice).create(code, terms);
      await expect(create()).to.be.revertedWithCustomError(factory, "NotApproved").withArgs(f.alice.address);
      await expect(factory.connect(f.alice).approveOwner(f.alice.address, 1)).to.be.revertedWithCustomError(
        factory,
        "AccessManagedUnauthorized",
      );
      await factory.approveOwner(f.alice.address, 2);
      await create();
      await create();
      await expect(create()).to.be.revertedWithCustomError(factory, "NotApproved");

      const bonds: any = await ethers.getContractAt("Bonds", await registrar.bonds());
      const created = await factory.queryFilter("VaultCreated");
      expect(created.length).to.equal(2);
      for (const [i, { args }] of created.entries()) {
        expect(await registrar.registered(i)).to.equal(args.vault);
        expect(await bonds.bondMicroUsd(args.vault)).to.equal(BOND);
        const vault: any = await ethers.getContractAt("Vault", args.vault);
        expect([await vault.owner(), await vault.market(), await vault.asset(), await vault.authority()]).to.deep.equal(
          [f.alice.address, registrar.target, f.token.target, f.manager.target],
        );
        await vault.connect(f.governance).setMandate(TIGHTER);
      }
    });

    it("creates none without the owner's bond", async () => {
      await factory.approveOwner(f.alice.address, 1);
      await f.token.connect(f.alice).approve(factory.target, BOND - 1n);
      await expect(factory.connect(f.alice).create(code, vaultTerms(f.alice.address))).to.be.revertedWithCustomError(
        f.token,
        "ERC20InsufficientAllowance",
      );
    });

    it("takes no other code than the vault's, and no terms of somebody else", async () => {
      await factory.approveOwner(f.alice.address, 1);
      const other = (await ethers.getContractFactory("TestToken")).bytecode;
      await expect(factory.connect(f.alice).create(other, vaultTerms(f.alice.address))).to.be.revertedWithCustomError(
        factory,
        "WrongCode",
      );
      await expect(factory.connect(f.alice).create(code, vaultTerms(f.bob.address))).to.be.revertedWithCustomError(
        factory,
        "NotApproved",
      );
    });
  });
});

/** Least bond, µUSD. */
const BOND = 5_000_000n;
const limitErrors = new ethers.Interface(["error LimitTooLarge(uint256,uint256,uint256)"]);
