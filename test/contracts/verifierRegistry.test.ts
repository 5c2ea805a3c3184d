import { expect } from "chai";
import hre from "hardhat";
import { deployAuthority } from "./governance.ts";

const DAY = 86_400;
const DELAY = 7 * DAY;
const Says = { production: 0, development: 1, nothing: 2, nonsense: 3 } as const;
const PROFILE = { slots: 4, groups: 2, scenarios: 4, members: 3, genesisCommitment: 99n };

async function connect(chainId = 31337) {
  const connection = await hre.network.create({ override: { chainId } });
  const { ethers, networkHelpers } = connection;
  const [governor, anyone] = await ethers.getSigners();
  const authority = await deployAuthority(ethers, governor!);
  const verifier = (says: number) => ethers.deployContract("VerifierStub", [says]);
  const deploy = async (first: any) =>
    ethers.deployContract("VerifierRegistry", [authority, DELAY, PROFILE, await first.getAddress()]) as Promise<any>;
  const change = async (registry: any, next: any) => {
    const codeHash = ethers.keccak256(await ethers.provider.getCode(await next.getAddress()));
    const args = [await next.getAddress(), codeHash];
    return { args, call: registry.interface.encodeFunctionData("setVerifier", args) };
  };
  return { ethers, time: networkHelpers.time, governor: governor!, anyone: anyone!, verifier, deploy, change };
}

describe("The verifier registry", () => {
  it("keeps the profile and the first verifier", async () => {
    const { verifier, deploy } = await connect();
    const first = await verifier(Says.development);
    const registry = await deploy(first);
    expect(await registry.verifier()).to.equal(await first.getAddress());
    expect(Array.from(await registry.profile())).to.deep.equal([4n, 2n, 4n, 3n, 99n]);
  });

  it("changes the verifier only after an announcement and the whole delay, then by anyone, once", async () => {
    const { ethers, verifier, deploy, change, time, anyone } = await connect();
    const registry = await deploy(await verifier(Says.production));
    const next = await verifier(Says.production);
    const { args, call } = await change(registry, next);

    await expect(registry.connect(anyone).setVerifier(...args)).to.be.revertedWithCustomError(registry, "NotAnnounced");
    await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "NotAnnounced");
    await expect(registry.connect(anyone).announce(call)).to.be.revertedWithCustomError(
      registry,
      "AccessManagedUnauthorized",
    );

    await expect(registry.announce(call)).to.emit(registry, "CallAnnounced");
    const due = Number(await registry.executableAt(ethers.keccak256(call)));
    await time.setNextBlockTimestamp(due - 1);
    await expect(registry.connect(anyone).setVerifier(...args)).to.be.revertedWithCustomError(registry, "StillWaiting");
    await time.setNextBlockTimestamp(due);
    await expect(registry.connect(anyone).setVerifier(...args))
      .to.emit(registry, "VerifierSet")
      .withArgs(...args);
    expect(await registry.verifier()).to.equal(await next.getAddress());
    await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "NotAnnounced");
  });

  it("forgets a change that governance revoked, and one that nobody carried out in time", async () => {
    const { verifier, deploy, change, time, anyone } = await connect();
    const registry = await deploy(await verifier(Says.production));
    const { args, call } = await change(registry, await verifier(Says.production));

    await registry.announce(call);
    await expect(registry.announce(call)).to.be.revertedWithCustomError(registry, "AlreadyAnnounced");
    await expect(registry.connect(anyone).revoke(call)).to.be.revertedWithCustomError(
      registry,
      "AccessManagedUnauthorized",
    );
    await expect(registry.revoke(call)).to.emit(registry, "CallRevoked");
    await expect(registry.revoke(call)).to.be.revertedWithCustomError(registry, "NotAnnounced");
    await time.increase(DELAY);
    await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "NotAnnounced");

    await registry.announce(call);
    await time.increase(DELAY + 14 * DAY + 1);
    await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "AnnouncementExpired");
  });

  it("sets nothing but the announced verifier with the announced code", async () => {
    const { ethers, verifier, deploy, change, time } = await connect();
    const registry = await deploy(await verifier(Says.production));
    const { args, call } = await change(registry, await verifier(Says.production));
    await registry.announce(call);
    await time.increase(DELAY);
    await expect(registry.setVerifier(registry, args[1])).to.be.revertedWithCustomError(registry, "NotAnnounced");
    // The code behind the address changes between announcement and execution.
    await ethers.provider.send("hardhat_setCode", [args[0], "0x60016000f3"]);
    await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "WrongCode");
    await ethers.provider.send("hardhat_setCode", [args[0], "0x"]);
    await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "WrongCode");
  });

  it("has no verifier without code, and no delay under a day or over a year", async () => {
    const { ethers, verifier, deploy, anyone, governor } = await connect();
    const good = await verifier(Says.production);
    const registry = await deploy(good);
    await expect(deploy({ getAddress: () => anyone.address })).to.be.revertedWithCustomError(registry, "WrongCode");
    for (const delay of [0, DAY - 1, 365 * DAY + 1]) {
      const args = [governor.address, delay, PROFILE, await good.getAddress()];
      await expect(ethers.deployContract("VerifierRegistry", args)).to.be.revertedWithCustomError(
        registry,
        "DelayOutOfRange",
      );
    }
  });

  for (const chainId of [31337, 1337]) {
    it(`takes a development key on the local chain ${chainId}`, async () => {
      const { ethers, verifier, deploy } = await connect(chainId);
      for (const says of Object.values(Says)) await deploy(await verifier(says));
      await deploy(await ethers.deployContract("SilentVerifier"));
    });
  }

  for (const chainId of [1, 10, 42161, 11155111]) {
    it(`refuses on chain ${chainId} every verifier that does not plainly deny a development key`, async () => {
      const { ethers, verifier, deploy, change, time } = await connect(chainId);
      const good = await verifier(Says.production);
      const registry = await deploy(good);
      const bad = [
        await verifier(Says.development),
        await verifier(Says.nothing),
        await verifier(Says.nonsense),
        await ethers.deployContract("SilentVerifier"),
      ];
      for (const next of bad) {
        await expect(deploy(next)).to.be.revertedWithCustomError(registry, "DevelopmentKey");
        const { args, call } = await change(registry, next);
        await registry.announce(call);
        await time.increase(DELAY);
        await expect(registry.setVerifier(...args)).to.be.revertedWithCustomError(registry, "DevelopmentKey");
      }
      expect(await registry.verifier()).to.equal(await good.getAddress());
    });
  }
});
