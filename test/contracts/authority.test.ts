import { expect } from "chai";
import hre from "hardhat";

const DAY = 86_400;
const GUARDIAN = 1n;
const ADMIN = 0n;
const PUBLIC = 2n ** 64n - 1n;

describe("The authority over a market", () => {
  let ethers: any, time: any;
  /** Two contracts with a governed function: the guardian's, and one that is nobody's but the admin's. */
  let authority: any, daily: any, target: any;
  let admin: any, guardian: any, other: any;
  const selector = (): string => target.interface.getFunction("approveOwner").selector;

  beforeEach(async () => {
    const connection = await hre.network.create();
    ({ ethers } = connection);
    ({ time } = connection.networkHelpers);
    [admin, guardian, other] = await ethers.getSigners();
    authority = await ethers.deployContract("Authority", [admin.address, 2 * DAY]);
    const nobody = ethers.ZeroAddress;
    const market = await ethers.deployContract("RegistrarStub", [authority, nobody, 0]);
    const factory = (): Promise<any> =>
      ethers.deployContract("VaultFactory", [authority, market, DAY, nobody, nobody, ethers.ZeroHash]);
    [daily, target] = [await factory(), await factory()];
    await authority.grantRole(GUARDIAN, guardian.address, 0);
    await authority.setTargetFunctionRole(daily, [selector()], GUARDIAN);
    await authority.finishSetUp([GUARDIAN]);
  });

  /** Announces a call and sends it when the wait is over. */
  async function afterWait(by: any, contract: any, name: string, args: unknown[]): Promise<unknown> {
    const call = contract.interface.encodeFunctionData(name, args);
    await authority.connect(by).schedule(contract, call, 0);
    await time.increase(2 * DAY);
    return by.sendTransaction({ to: contract.target, data: call });
  }
  const refusesAtOnce = (attempt: Promise<unknown>) => expect(attempt).to.be.revert(ethers);
  const approval = (): unknown[] => [other.address, 1];
  const approve = (by: any, at = target): Promise<unknown> => at.connect(by).approveOwner(...approval());

  it("has the guardian act at once and the admin wait, to the second", async () => {
    await approve(guardian, daily);
    await refusesAtOnce(approve(admin));
    const call = target.interface.encodeFunctionData("approveOwner", approval());
    await authority.schedule(target, call, 0);
    const announced = await time.latest();
    await time.setNextBlockTimestamp(announced + 2 * DAY - 1);
    await expect(approve(admin)).to.be.revertedWithCustomError(authority, "AccessManagerNotReady");
    await time.setNextBlockTimestamp(announced + 2 * DAY);
    await approve(admin);
  });

  it("has the admin wait for what it does to the authority itself", async () => {
    for (const attempt of [
      () => authority.grantRole(ADMIN, other.address, 0),
      () => authority.grantRole(GUARDIAN, other.address, 0),
      () => authority.revokeRole(GUARDIAN, guardian.address),
      () => authority.setTargetFunctionRole(target, [selector()], 7n),
      () => authority.setTargetClosed(target, true),
      () => authority.setRoleAdmin(GUARDIAN, 7n),
      () => authority.setGrantDelay(ADMIN, 0),
      () => authority.setTargetAdminDelay(target, 0),
      () => authority.execute(target, target.interface.encodeFunctionData("approveOwner", approval())),
      () => authority.multicall([authority.interface.encodeFunctionData("grantRole", [ADMIN, other.address, 0])]),
    ])
      await refusesAtOnce(attempt());
  });

  it("has a new admin wait as well, whatever delay it was granted with; and members of new roles", async () => {
    await afterWait(admin, authority, "grantRole", [ADMIN, other.address, 0]);
    await refusesAtOnce(approve(other));
    expect([...(await authority.canCall(other.address, target, selector()))]).to.deep.equal([false, BigInt(2 * DAY)]);
    await afterWait(admin, authority, "grantRole", [7n, guardian.address, 0]);
    await afterWait(admin, authority, "setTargetFunctionRole", [target.target, [selector()], 7n]);
    await refusesAtOnce(approve(guardian));
    await afterWait(guardian, target, "approveOwner", approval());
  });

  it("shortens no wait by granting a member again with less", async () => {
    await afterWait(admin, authority, "grantRole", [ADMIN, admin.address, 0]);
    await time.increase(10 * DAY);
    await refusesAtOnce(approve(admin));
  });

  it("gives no function to a role that acts at once, or to everybody", async () => {
    for (const role of [GUARDIAN, PUBLIC]) {
      const args = [target.target, [selector()], role];
      await expect(afterWait(admin, authority, "setTargetFunctionRole", args)).to.be.revertedWithCustomError(
        authority,
        "RoleActsAtOnce",
      );
    }
  });

  it("lets no contract go to another authority", async () => {
    const args = [target.target, other.address];
    await expect(afterWait(admin, authority, "updateAuthority", args)).to.be.revertedWithCustomError(
      authority,
      "AuthorityIsFixed",
    );
    const move = target.interface.encodeFunctionData("setAuthority", [other.address]);
    await refusesAtOnce(authority.schedule(target, move, 0));
    await refusesAtOnce(authority.execute(target, move));
    expect(await target.authority()).to.equal(authority.target);
  });

  it("is set up once, by its admin, and never with the admin acting at once", async () => {
    const fresh: any = await ethers.deployContract("Authority", [admin.address, DAY]);
    await expect(fresh.connect(other).finishSetUp([])).to.be.revertedWithCustomError(
      fresh,
      "AccessManagerUnauthorizedAccount",
    );
    await expect(fresh.finishSetUp([ADMIN])).to.be.revertedWithCustomError(fresh, "AccessManagerLockedRole");
    await fresh.finishSetUp([]);
    await refusesAtOnce(fresh.finishSetUp([GUARDIAN]));
    for (const wait of [0, DAY - 1, 365 * DAY + 1])
      await expect(ethers.deployContract("Authority", [admin.address, wait])).to.be.revertedWithCustomError(
        fresh,
        "WaitOutOfRange",
      );
  });
});
