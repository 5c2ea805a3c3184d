import { expect } from "chai";
import hre from "hardhat";
import { babyjubjub } from "@noble/curves/misc.js";
import { deriveMemberKey } from "../../prover/committee/sums.ts";
import { provePossession } from "../../prover/crypto/proofs.ts";
import { deployAuthority } from "./governance.ts";

const { Point } = babyjubjub;
type CurvePoint = typeof Point.BASE;
const l = Point.CURVE().n;
const r = Point.CURVE().p;
const MEMBERS = 3;

const affine = (p: CurvePoint) => p.toAffine();
const times = (k: bigint): CurvePoint => Point.BASE.multiplyUnsafe(k % l);

interface Member {
  account: string;
  keyX: bigint;
  keyY: bigint;
  proofX: bigint;
  proofY: bigint;
  proofS: bigint;
}

describe("The committee registry", () => {
  let ethers: any;
  let governor: any, outsider: any;
  let accounts: string[];
  let verifiers: any, registry: any;
  let self: string;

  before(async () => {
    ({ ethers } = await hre.network.create());
    [governor, outsider] = await ethers.getSigners();
    accounts = (await ethers.getSigners()).slice(2).map((signer: any) => signer.address);
    const verifier = await ethers.deployContract("VerifierStub", [0]);
    const profile = { slots: 4, groups: 2, scenarios: 4, members: MEMBERS, genesisCommitment: 1n };
    const authority = await deployAuthority(ethers, governor);
    verifiers = await ethers.deployContract("VerifierRegistry", [authority, 86_400, profile, verifier]);
  });
  beforeEach(async () => {
    registry = await ethers.deployContract("CommitteeRegistry", [await deployAuthority(ethers, governor), verifiers]);
    self = await registry.getAddress();
  });

  /** A proof of possession, for this registry and chain unless told otherwise. */
  function prove(secret: bigint, account: string, at = self, chainId = 31337n, nonce = 0xabcdefn + secret): Member {
    const { x: keyX, y: keyY } = affine(times(secret));
    const { x: proofX, y: proofY } = affine(times(nonce));
    const types = ["string", "uint256", "address", "address", "uint256", "uint256", "uint256", "uint256"];
    const c =
      BigInt(
        ethers.keccak256(
          ethers.AbiCoder.defaultAbiCoder().encode(types, [
            "TACIT_POP",
            chainId,
            at,
            account,
            keyX,
            keyY,
            proofX,
            proofY,
          ]),
        ),
      ) % l;
    return { account, keyX, keyY, proofX, proofY, proofS: (nonce + c * secret) % l };
  }
  const honest = (secrets = [11n, 22n, 33n]): Member[] => secrets.map((secret, i) => prove(secret, accounts[i]!));
  const withFirst = (change: Partial<Member>): Member[] => [{ ...honest()[0]!, ...change }, ...honest().slice(1)];
  const refused = (members: Member[], error: string, ...args: unknown[]) =>
    expect(registry.appoint(members))
      .to.be.revertedWithCustomError(registry, error)
      .withArgs(...args);
  const keyWords = async (pointer: string): Promise<bigint[]> => {
    const words = ((await ethers.provider.getCode(pointer)) as string).slice(4).match(/.{64}/g)!;
    return words.map((word) => BigInt(`0x${word}`));
  };

  it("has no current committee until one is appointed whole", async () => {
    await expect(registry.current()).to.be.revertedWithCustomError(registry, "NoSuchVersion").withArgs(0);
    await refused(honest().slice(0, 2), "WrongMemberCount", 2, 3);
    await refused([...honest(), prove(44n, accounts[3]!)], "WrongMemberCount", 4, 3);
    await refused([], "WrongMemberCount", 0, 3);
    await expect(registry.current()).to.be.revertedWithCustomError(registry, "NoSuchVersion");
  });

  it("stores the key words in the order of the members", async () => {
    await expect(registry.appoint(honest())).to.emit(registry, "CommitteeAppointed");
    const [pointer, version] = await registry.current();
    expect(version).to.equal(1n);
    expect(await keyWords(pointer)).to.deep.equal(honest().flatMap(({ keyX, keyY }) => [keyX, keyY]));
    expect((await registry.committee(1)).accounts).to.deep.equal(accounts.slice(0, MEMBERS));
  });

  it("appoints members with the keys and proofs that their own software makes", async () => {
    const members = accounts.slice(0, MEMBERS).map((account, i) => {
      const { secretKey, publicKey } = deriveMemberKey(new Uint8Array(32).fill(i + 1), 0n);
      const { commitment, response } = provePossession(secretKey, { chainId: 31337n, registry: self, account });
      return {
        account,
        keyX: publicKey[0],
        keyY: publicKey[1],
        proofX: commitment[0],
        proofY: commitment[1],
        proofS: response,
      };
    });
    await registry.appoint(members);
    expect((await registry.current()).version).to.equal(1n);
  });

  it("keeps old committees readable after a rotation", async () => {
    await registry.appoint(honest());
    const [before] = await registry.current();
    await registry.appoint(honest([11n, 22n, 44n]));
    const [after, version] = await registry.current();
    expect(version).to.equal(2n);
    expect((await registry.committee(1)).keysPointer).to.equal(before);
    expect(await keyWords(before)).to.deep.equal(honest().flatMap(({ keyX, keyY }) => [keyX, keyY]));
    expect((await keyWords(after)).slice(4)).to.deep.equal(Object.values(affine(times(44n))));
    await expect(registry.committee(3)).to.be.revertedWithCustomError(registry, "NoSuchVersion");
  });

  it("is appointed by governance alone", async () => {
    await expect(registry.connect(outsider).appoint(honest())).to.be.revertedWithCustomError(
      registry,
      "AccessManagedUnauthorized",
    );
  });

  it("refuses two seats for one key or one account", async () => {
    await refused(
      [prove(11n, accounts[0]!), prove(22n, accounts[1]!), prove(11n, accounts[2]!)],
      "DuplicateMember",
      2,
      0,
    );
    await refused(
      [prove(11n, accounts[0]!), prove(22n, accounts[1]!), prove(33n, accounts[1]!)],
      "DuplicateMember",
      2,
      1,
    );
    await refused(withFirst({ account: ethers.ZeroAddress }), "ZeroAccount", 0);
  });

  it("refuses a key off the curve, not reduced, of small order, outside the prime subgroup, or the identity", async () => {
    const order2 = Point.fromAffine({ x: 0n, y: r - 1n });
    const key = times(11n);
    const bad = [
      { x: 1n, y: 2n },
      { x: affine(key).x, y: affine(key).y + r },
      { x: affine(key).x + r, y: affine(key).y },
      affine(order2),
      affine(key.add(order2)),
      { x: 0n, y: 1n },
      { x: 0n, y: 0n },
    ];
    for (const { x, y } of bad) await refused(withFirst({ keyX: x, keyY: y }), "BadKey", 0);
  });

  it("refuses a rogue key: one made from others' keys, whose secret nobody knows", async () => {
    const [, second, third] = honest();
    const rogue = times(11n).subtract(times(22n)).subtract(times(33n));
    const { x: keyX, y: keyY } = affine(rogue);
    await refused([{ ...honest()[0]!, keyX, keyY }, second!, third!], "NotPossessed", 0);
  });

  it("refuses a proof of possession made for another account, registry, chain or key", async () => {
    const [, second, third] = honest();
    await refused([{ ...prove(11n, accounts[5]!), account: accounts[0]! }, second!, third!], "NotPossessed", 0);
    await refused([prove(11n, accounts[0]!, accounts[6]), second!, third!], "NotPossessed", 0);
    await refused([prove(11n, accounts[0]!, self, 1n), second!, third!], "NotPossessed", 0);
    const { x: keyX, y: keyY } = affine(times(12n));
    await refused(withFirst({ keyX, keyY }), "NotPossessed", 0);
  });

  it("refuses every change to a proof, and forms of the same proof that are not reduced", async () => {
    const [first] = honest();
    const { x, y } = affine(times(5n));
    const { proofX, proofY, proofS } = first!;
    for (const change of [
      { proofS: (proofS + 1n) % l },
      { proofS: proofS + l },
      { proofS: 0n },
      { proofX: x, proofY: y },
      { proofX: proofX + r },
      { proofY: proofY + r },
      { proofX: r - proofX },
      { proofX: proofY, proofY: proofX },
      { proofX: 0n, proofY: 0n },
    ])
      await refused(withFirst(change), "NotPossessed", 0);
  });

  it("finds a bad proof at any seat", async () => {
    for (let seat = 0; seat < MEMBERS; seat++) {
      const members = honest();
      members[seat] = { ...members[seat]!, proofS: 7n };
      await refused(members, "NotPossessed", seat);
    }
  });

  it("appoints three members for under 1.5 million gas", async () => {
    const receipt = await (await registry.appoint(honest())).wait();
    console.log(`      ${receipt.gasUsed} gas`);
    expect(receipt.gasUsed < 1_500_000n).to.equal(true);
  });
});
