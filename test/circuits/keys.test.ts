import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { curves, groth16, type Groth16Proof, powersOfTau, type VerificationKey, zKey } from "snarkjs";
import { loadArtifactFolder } from "../../circuits/artifacts.ts";
import { writeDevKey } from "../../circuits/build/devkey/key.ts";
import { DEV_BEACON, DEV_BEACON_ITERATIONS, DEV_CONTRIBUTION_NAME } from "../../circuits/build/devkey/trapdoor.ts";
import { writeDevPtau } from "../../circuits/build/devkey/ptau.ts";
import { FixedBasePool } from "../../circuits/build/devkey/fixedBase.ts";
import { hashFile } from "../../circuits/build/hashing.ts";
import {
  type BuildReport,
  buildCircuit,
  compileCircuit,
  developmentPtau,
  verifyDevelopmentKey,
} from "../../circuits/build/pipeline.ts";
import { readR1csHeader } from "../../circuits/build/r1cs.ts";
import { closeSnarkjs, verifyAgainstConstraints } from "../../circuits/build/snarkjs.ts";
import { assertKeySound, isDevelopmentKey, readKeyFacts } from "../../circuits/keys.ts";
import { TOY, type Workspace, workspace } from "./toy.ts";

/** A proof of anything under a key whose gamma and delta are the same: A = alpha, B = beta, C = −vk_x. */
async function forge(key: VerificationKey, publicSignals: readonly bigint[]): Promise<Groth16Proof> {
  const { G1, Fr } = await curves.getCurveFromName("bn128");
  const point = (coordinates: readonly string[]) => G1.fromObject(coordinates.map(BigInt));
  const vkX = publicSignals.reduce(
    (sum, signal, i) => G1.add(sum, G1.timesFr(point(key.IC[i + 1]!), Fr.e(signal))),
    point(key.IC[0]!),
  );
  const c = G1.toObject(G1.toAffine(G1.neg(vkX))).map(String);
  return { pi_a: key.vk_alpha_1, pi_b: key.vk_beta_2, pi_c: c, protocol: "groth16", curve: "bn128" };
}

describe("A development key", () => {
  let space: Workspace;
  let built: BuildReport;
  let initial: string;
  let ptau: string;
  const file = (name: string): string => join(built.folder, name);

  before(async () => {
    space = workspace();
    built = await buildCircuit(TOY, space.options);
    initial = join(space.folder, "initial.zkey");
    const pool = await FixedBasePool.start(1);
    await writeDevKey(file("circuit.r1cs"), initial, undefined, pool);
    await pool.close();
    ptau = await developmentPtau(9, { cacheFolder: join(space.folder, "cache") });
  });
  after(async () => {
    space.remove();
    await closeSnarkjs();
  });

  it("has, before its contribution, exactly the bytes that snarkjs makes from the same powers of tau", async () => {
    const theirs = join(space.folder, "snarkjs.zkey");
    await zKey.newZKey(file("circuit.r1cs"), ptau, theirs);
    expect(hashFile(initial)).to.equal(hashFile(theirs));
  });

  it("has, with its contribution, exactly the bytes that snarkjs makes by applying the same beacon", async () => {
    const theirs = join(space.folder, "snarkjs-beacon.zkey");
    await zKey.beacon(initial, theirs, DEV_CONTRIBUTION_NAME, DEV_BEACON, DEV_BEACON_ITERATIONS);
    expect(hashFile(file("circuit.zkey"))).to.equal(hashFile(theirs));
  });

  const slowly = process.env["TACIT_SLOW"] === undefined ? it.skip : it;
  slowly("has snarkjs' bytes also beyond 2^14 constraints, where snarkjs works in several pieces", async () => {
    const large = { ...TOY, name: "large", parameters: { ROUNDS: 8200 } };
    const { r1cs } = await compileCircuit(large, space.options);
    expect(readR1csHeader(r1cs).domainLog).to.equal(15);
    const pool = await FixedBasePool.start();
    const [ours, theirs, tau] = [
      join(space.folder, "l1.zkey"),
      join(space.folder, "l2.zkey"),
      join(space.folder, "l.ptau"),
    ];
    await writeDevKey(r1cs, ours, undefined, pool);
    await writeDevPtau(tau, 16, pool, { onlyDomain: 15 });
    await pool.close();
    await zKey.newZKey(r1cs, tau, theirs);
    expect(hashFile(ours)).to.equal(hashFile(theirs));
  });

  it("comes from powers of tau that snarkjs would have prepared byte for byte the same", async () => {
    const theirs = join(space.folder, "snarkjs.ptau");
    const ours = await developmentPtau(6, { cacheFolder: join(space.folder, "cache") });
    await powersOfTau.preparePhase2(ours, theirs);
    expect(hashFile(ours)).to.equal(hashFile(theirs));
  });

  it("passes snarkjs' check of every point against the constraints", async () => {
    expect(await verifyAgainstConstraints(file("circuit.r1cs"), ptau, file("circuit.zkey"))).to.equal(true);
    await verifyDevelopmentKey(built, { cacheFolder: join(space.folder, "cache") });
  });

  it("fails snarkjs' check if one of its points is another", async () => {
    const bytes = readFileSync(file("circuit.zkey"));
    const at = bytes.length - 4096;
    bytes.copy(bytes, at, at - 64, at);
    const spoiled = join(space.folder, "spoiled.zkey");
    writeFileSync(spoiled, bytes);
    const verdict = await verifyAgainstConstraints(file("circuit.r1cs"), ptau, spoiled).catch(() => false);
    expect(verdict).to.equal(false);
  });

  it("is recognised by its alpha, in the .zkey and in the verification key", () => {
    expect(isDevelopmentKey(readKeyFacts(file("circuit.zkey")))).to.equal(true);
    const { verificationKey } = loadArtifactFolder(built.folder, "small");
    expect(isDevelopmentKey(verificationKey)).to.equal(true);
    expect(isDevelopmentKey({ ...verificationKey, vk_alpha_1: verificationKey.IC[0]! })).to.equal(false);
  });

  it("holds one contribution, and says that it is no secret", () => {
    expect(readKeyFacts(file("circuit.zkey")).contributions).to.deep.equal([
      { type: "beacon", name: "development, not a secret" },
    ]);
  });
});

describe("A key is refused", () => {
  let space: Workspace;
  let built: BuildReport;
  let initial: string;
  let sound: VerificationKey;
  const refusal = (key: Parameters<typeof assertKeySound>[0]) => expect(() => assertKeySound(key)).to.throw();

  before(async () => {
    space = workspace();
    built = await buildCircuit(TOY, space.options);
    initial = join(space.folder, "initial.zkey");
    const pool = await FixedBasePool.start(1);
    await writeDevKey(join(built.folder, "circuit.r1cs"), initial, undefined, pool);
    await pool.close();
    sound = loadArtifactFolder(built.folder, "small").verificationKey;
  });
  after(async () => {
    space.remove();
    await closeSnarkjs();
  });

  it("when nobody contributed to it, because then anybody can forge a proof of anything", async () => {
    const statement = [123456n, 999n, 42n];
    const unsound = await zKey.exportVerificationKey(initial);
    expect(await groth16.verify(unsound, statement, await forge(unsound, statement)), "forged").to.equal(true);
    refusal(initial).with.property("message").that.includes("no phase-2 contribution");
    refusal(unsound).with.property("message").that.includes("gamma equals delta");

    // One contribution, and the same forgery fails.
    expect(await groth16.verify(sound, statement, await forge(sound, statement)), "after a contribution").to.equal(
      false,
    );
    assertKeySound(sound);
    assertKeySound(join(built.folder, "circuit.zkey"));
  });

  it("when its gamma is its delta", () => {
    refusal({ ...sound, vk_gamma_2: sound.vk_delta_2 })
      .with.property("message")
      .that.includes("gamma equals delta");
  });

  it("when its gamma is minus its delta, which can be forged with C = vk_x", () => {
    const q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
    const [x, y, z] = sound.vk_delta_2 as [string[], string[], string[]];
    const minus = [x, y.map((coordinate) => (q - BigInt(coordinate)).toString()), z];
    refusal({ ...sound, vk_gamma_2: minus })
      .with.property("message")
      .that.includes("gamma equals −delta");
  });

  it("when a point is not on its curve, or at infinity", () => {
    refusal({ ...sound, vk_alpha_1: ["1", "3", "1"] })
      .with.property("message")
      .that.includes("alpha");
    refusal({ ...sound, vk_alpha_1: ["0", "1", "0"] })
      .with.property("message")
      .that.includes("infinity");
    refusal({ ...sound, vk_delta_2: sound.vk_delta_2.with(0, ["1", "2"]) })
      .with.property("message")
      .that.includes("delta");
  });

  it("when it has not one IC point for each public signal", () => {
    refusal({ ...sound, IC: sound.IC.slice(1) })
      .with.property("message")
      .that.includes("IC points");
  });

  it("when its delta is not the one that its last contribution left", () => {
    const facts = readKeyFacts(join(built.folder, "circuit.zkey"));
    refusal({ ...facts, recordedDelta1: facts.alpha1 })
      .with.property("message")
      .that.includes("last contribution");
  });

  it("when it is for another proof system", () => {
    refusal({ ...sound, protocol: "plonk" })
      .with.property("message")
      .that.includes("plonk");
  });
});
