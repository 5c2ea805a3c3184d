import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { network } from "hardhat";
import { curves, groth16, powersOfTau } from "snarkjs";
import { loadArtifactFolder } from "../../circuits/artifacts.ts";
import { hashFile } from "../../circuits/build/hashing.ts";
import { buildCircuit, compileCircuit, developmentPtau } from "../../circuits/build/pipeline.ts";
import { closeSnarkjs } from "../../circuits/build/snarkjs.ts";
import { applyBeacon, contribute, exportKey, newKey, verifyKey } from "../../circuits/ceremony/phase2.ts";
import {
  findPowersOfTau,
  importPowersOfTau,
  type PowersOfTau,
  PUBLISHED,
} from "../../circuits/ceremony/powersOfTau.ts";
import { readKeyFacts } from "../../circuits/keys.ts";
import { TOY, type Workspace, workspace } from "./toy.ts";

const ENTRY = resolve(fileURLToPath(import.meta.url), "../../../circuits/ceremony.ts");
const BEACON = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...args], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return { code: status, out: stdout, err: stderr };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  return failure?.message ?? "it did not fail";
}

describe("The ceremony", () => {
  let space: Workspace;
  let ptau: PowersOfTau;
  let r1cs: string;
  const file = (name: string): string => join(space.folder, name);

  before(async () => {
    space = workspace();
    // The public first phase, in small.
    const curve = await curves.getCurveFromName("bn128");
    await powersOfTau.newAccumulator(curve, 8, file("0.ptau"));
    await powersOfTau.contribute(file("0.ptau"), file("1.ptau"), "somebody", "dice");
    await powersOfTau.beacon(file("1.ptau"), file("2.ptau"), "beacon", BEACON, 10);
    await powersOfTau.preparePhase2(file("2.ptau"), file("public.ptau"));
    const hex = hashFile(file("public.ptau"));
    ptau = importPowersOfTau(file("public.ptau"), { algorithm: "sha256", hex }, file("store"));
    ({ r1cs } = await compileCircuit(TOY, space.options));

    await newKey(r1cs, ptau, file("0.zkey"));
    await contribute(file("0.zkey"), file("1.zkey"), "Ada");
    await contribute(file("1.zkey"), file("2.zkey"), "Bo", "and my own dice");
    await applyBeacon(file("2.zkey"), file("final.zkey"), "block 1", BEACON, 10);
  });
  after(async () => {
    space.remove();
    await closeSnarkjs();
  });

  it("ends in a key whose contributions anybody can verify", async () => {
    const { contributions } = await verifyKey(file("final.zkey"), r1cs, ptau);
    expect(contributions.map(({ type, name }) => [type, name])).to.deep.equal([
      ["person", "Ada"],
      ["person", "Bo"],
      ["beacon", "block 1"],
    ]);
    for (const { hash } of contributions) expect(hash).to.match(/^[0-9a-f]{128}$/);
  });

  it("shows each contributor the hash that verification shows later", async () => {
    const shown = await contribute(file("1.zkey"), file("2b.zkey"), "Cy");
    const { contributions } = await verifyKey(file("2b.zkey"), r1cs, ptau);
    expect(contributions.at(-1)?.hash).to.equal(shown);
  });

  it("takes its secret from the operating system: the same names and dice never give the same key twice", async () => {
    await contribute(file("0.zkey"), file("a.zkey"), "Ada", "dice");
    await contribute(file("0.zkey"), file("b.zkey"), "Ada", "dice");
    expect(readKeyFacts(file("a.zkey")).delta1).not.to.deep.equal(readKeyFacts(file("b.zkey")).delta1);
  });

  it("gives the circuit a key that is no development key, and a verifier that works on public chains", async () => {
    const { folder, manifest } = await exportKey(TOY, file("final.zkey"), ptau, space.options);
    expect(manifest.development).to.equal(false);
    expect(manifest.key.powersOfTau).to.equal(ptau.sha256);
    expect(manifest.key.contributions).to.have.length(3);
    const { wasm, zkey, verificationKey, verifier } = loadArtifactFolder(folder, "small");
    const { proof, publicSignals } = await groth16.fullProve({ x: 7n, secret: 11n }, wasm, zkey);
    expect(await groth16.verify(verificationKey, publicSignals, proof)).to.equal(true);

    const { ethers } = await network.create({ network: "default", override: { chainId: 1 } });
    const contract = await (await ethers.getContractFactory([...verifier.abi], verifier.bytecode)).deploy();
    expect(await contract.getFunction("DEVELOPMENT_KEY")()).to.equal(false);
    const call = JSON.parse(`[${await groth16.exportSolidityCallData(proof, publicSignals)}]`) as unknown[];
    expect(await contract.getFunction("verifyProof")(...call)).to.equal(true);
  });

  it("keeps its key through later builds, and says so when the circuit no longer fits it", async () => {
    const { folder } = await exportKey(TOY, file("final.zkey"), ptau, space.options);
    const kept = hashFile(join(folder, "circuit.zkey"));
    expect((await buildCircuit(TOY, space.options)).manifest.development).to.equal(false);

    const changed = { ...TOY, parameters: { ROUNDS: 200 } };
    expect(await failureOf(buildCircuit(changed, space.options))).to.contain("made for other constraints");
    expect(hashFile(join(folder, "circuit.zkey"))).to.equal(kept);

    const replaced = await buildCircuit(changed, { ...space.options, discardCeremonyKey: true });
    expect(replaced.manifest.development).to.equal(true);
    await exportKey(TOY, file("final.zkey"), ptau, space.options);
  });

  describe("refuses to export", () => {
    it("a key that nobody contributed to", async () => {
      expect(await failureOf(exportKey(TOY, file("0.zkey"), ptau, space.options))).to.contain(
        "no phase-2 contribution",
      );
    });

    it("a key without a beacon at its end", async () => {
      expect(await failureOf(exportKey(TOY, file("2.zkey"), ptau, space.options))).to.contain(
        "does not end with a beacon",
      );
    });

    it("a key for other constraints", async () => {
      const other = { ...TOY, parameters: { ROUNDS: 99 } };
      const elsewhere = { ...space.options, artifactsFolder: file("other-artifacts") };
      expect(await failureOf(exportKey(other, file("final.zkey"), ptau, elsewhere))).to.contain("not a valid key");
    });

    it("a key in which one point was changed", async () => {
      const bytes = readFileSync(file("final.zkey"));
      const at = bytes.length - 4096;
      bytes.copy(bytes, at, at - 64, at);
      writeFileSync(file("spoiled.zkey"), bytes);
      expect(await failureOf(exportKey(TOY, file("spoiled.zkey"), ptau, space.options))).to.contain("not a valid key");
    });

    it("a key from the development powers of tau, whose secret is public", async () => {
      const path = await developmentPtau(8, { cacheFolder: file("cache") });
      const known: PowersOfTau = { path, sha256: hashFile(path), power: 8 };
      await newKey(r1cs, known, file("known-0.zkey"));
      await contribute(file("known-0.zkey"), file("known-1.zkey"), "Ada");
      await applyBeacon(file("known-1.zkey"), file("known.zkey"), undefined, BEACON, 10);
      expect(await failureOf(exportKey(TOY, file("known.zkey"), known, space.options))).to.contain(
        "development trapdoor",
      );
    });
  });

  it("accepts nothing after the beacon, and no beacon before a contribution", async () => {
    expect(await failureOf(contribute(file("final.zkey"), file("x.zkey"), "late"))).to.contain("is closed");
    expect(await failureOf(applyBeacon(file("final.zkey"), file("x.zkey"), "again", BEACON, 10))).to.contain(
      "is closed",
    );
    expect(await failureOf(applyBeacon(file("0.zkey"), file("x.zkey"), "early", BEACON, 10))).to.contain(
      "no contribution yet",
    );
    expect(existsSync(file("x.zkey"))).to.equal(false);
  });

  it("never overwrites a file", async () => {
    const before = hashFile(file("1.zkey"));
    expect(await failureOf(contribute(file("0.zkey"), file("1.zkey"), "Eve"))).to.contain("exists already");
    expect(hashFile(file("1.zkey"))).to.equal(before);
  });

  it("wants powers of tau that are large enough", async () => {
    const { r1cs: larger } = await compileCircuit(
      { ...TOY, parameters: { ROUNDS: 200 } },
      { ...space.options, artifactsFolder: file("larger") },
    );
    expect(await failureOf(newKey(larger, ptau, file("x.zkey")))).to.contain("need powers of tau up to 2^9");
  });

  describe("imports powers of tau", () => {
    it("that have the published hash, under either function", () => {
      const store = file("store");
      for (const algorithm of ["sha256", "blake2b512"] as const) {
        const hex = hashFile(ptau.path, algorithm);
        const imported = importPowersOfTau(ptau.path, { algorithm, hex: hex.toUpperCase() }, store);
        expect(imported).to.deep.equal({ path: join(store, `${ptau.sha256}.ptau`), sha256: ptau.sha256, power: 8 });
        expect(hashFile(imported.path)).to.equal(ptau.sha256);
      }
    });

    it("without a hash those that are known to be published, which snarkjs lists, and no file of somebody's own", () => {
      const listed = readFileSync(resolve(ENTRY, "../../node_modules/snarkjs/README.md"), "utf8");
      expect(Object.keys(PUBLISHED)).to.deep.equal([15, 16, 17].map((n) => `powersOfTau28_hez_final_${n}.ptau`));
      for (const [name, hash] of Object.entries(PUBLISHED))
        expect(listed.split("\n").find((line) => line.includes(`[${name}]`))).to.contain(` ${hash} `);
      expect(() => importPowersOfTau(ptau.path, undefined, file("other-store"))).to.throw(
        /none of the published files known here .*its BLAKE2b is [0-9a-f]{128}.*name it: ceremony import --blake2b/,
      );
    });

    it("and are used under their hash, or as the file that was imported, but not as one that nobody took in", () => {
      const { sha256 } = ptau;
      for (const named of [sha256.slice(0, 8), file("public.ptau"), ptau.path])
        expect(findPowersOfTau(named, file("store")).sha256, named).to.equal(sha256);
      expect(() => findPowersOfTau(file("public.ptau"), file("other-store"))).to.throw("none of the published files");
      expect(() => findPowersOfTau(sha256.slice(0, 8), file("other-store"))).to.throw("neither a file nor the hash");
    });

    it("and no others", () => {
      copyFileSync(ptau.path, file("longer.ptau"));
      appendFileSync(file("longer.ptau"), "x");
      const expected = { algorithm: "sha256", hex: ptau.sha256 } as const;
      expect(() => importPowersOfTau(file("longer.ptau"), expected)).to.throw("not the file you expect");
    });

    it("only if they are prepared for phase 2, and not the development ones", async () => {
      const raw = file("2.ptau");
      expect(() => importPowersOfTau(raw, { algorithm: "sha256", hex: hashFile(raw) })).to.throw(
        "not prepared for phase 2",
      );
      const known = await developmentPtau(8, { cacheFolder: file("cache") });
      const hex = hashFile(known);
      expect(() => importPowersOfTau(known, { algorithm: "sha256", hex })).to.throw("development trapdoor");
    });
  });

  describe("at the command line", () => {
    it("explains itself and each of its steps", () => {
      const help = run("--help");
      expect(help.code).to.equal(0);
      for (const step of ["import", "new", "contribute", "beacon", "verify", "export"]) {
        expect(help.out).to.contain(`\n  ${step} `);
      }
      expect(run("contribute", "--help").out).to.contain("--name <name>");
    });

    it("goes from a published file to a verified key", () => {
      const store = file("cli-store");
      const sha256 = ptau.sha256;
      const good = (...args: readonly string[]): string => {
        const { code, out, err } = run(...args);
        expect(code, err).to.equal(0);
        return out;
      };
      expect(good("import", ptau.path, "--sha256", sha256, "--store", store)).to.contain(sha256.slice(0, 16));
      const source = ["--r1cs", r1cs, "--ptau", sha256.slice(0, 16), "--store", store];
      good("new", file("c0.zkey"), ...source);
      const said = good("contribute", file("c0.zkey"), file("c1.zkey"), "--name", "Ada");
      good("beacon", file("c1.zkey"), file("c2.zkey"), "--value", BEACON, "--name", "block 1");
      const report = JSON.parse(good("verify", file("c2.zkey"), ...source, "--json")) as {
        contributions: { hash: string; name: string }[];
        powersOfTau: string;
      };
      expect(report.powersOfTau).to.equal(sha256);
      expect(report.contributions.map(({ name }) => name)).to.deep.equal(["Ada", "block 1"]);
      expect(said).to.contain(report.contributions[0]!.hash);
    });

    it("fails with one line that says what is wrong", () => {
      rmSync(file("none.zkey"), { force: true });
      for (const [args, message] of [
        [["contribute", file("none.zkey"), file("y.zkey")], "there is no file"],
        [["import", ptau.path], "none of the published files known here"],
        [["import", ptau.path, "--sha256", "00", "--blake2b", "00"], "give one hash"],
        [
          ["new", file("y.zkey"), "--r1cs", r1cs, "--ptau", ptau.path, "--store", file("none")],
          "none of the published",
        ],
        [["import", ptau.path, "--sha256", "00"], "not the file you expect"],
        [["verify", file("final.zkey"), "--r1cs", r1cs, "--ptau", "abcdef99"], "neither a file nor the hash"],
        [["beacon", file("1.zkey"), file("y.zkey"), "--value", "0xzz"], "in hexadecimal"],
        [["verify", r1cs, "--r1cs", r1cs, "--ptau", ptau.path, "--store", file("store")], "is not a .zkey file"],
      ] as const) {
        const { code, out, err } = run(...args);
        expect(code).to.equal(1);
        expect(out).to.equal("");
        expect(err)
          .to.match(/^error: [^\n]+\n$/)
          .and.to.contain(message);
      }
    });
  });
});
