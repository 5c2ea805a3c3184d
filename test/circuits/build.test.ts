import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { groth16 } from "snarkjs";
import { network } from "hardhat";
import { loadArtifactFolder, loadArtifacts, OUTPUTS } from "../../circuits/artifacts.ts";
import { R } from "../../circuits/build/field.ts";
import { type BuildReport, buildCircuit, STAGES } from "../../circuits/build/pipeline.ts";
import { closeSnarkjs } from "../../circuits/build/snarkjs.ts";
import { TOY, type Workspace, workspace } from "./toy.ts";

const ranStages = (report: BuildReport): string[] => STAGES.filter((stage) => report.stages[stage].ran !== null);

describe("Building circuits", () => {
  let space: Workspace;
  let first: BuildReport;
  const build = (): Promise<BuildReport> => buildCircuit(TOY, space.options);
  const output = (name: string): string => join(first.folder, name);
  const source = (name: string): string => join(space.sources, name);

  let whole: Workspace;
  let original: BuildReport;
  before(async () => {
    whole = workspace();
    original = await buildCircuit(TOY, whole.options);
  });
  // Every test has a copy of the whole build and may break it.
  beforeEach(() => {
    space = workspace(whole);
    first = { ...original, folder: join(space.folder, "artifacts", "small", "toy") };
  });
  afterEach(() => space.remove());
  after(async () => {
    whole.remove();
    await closeSnarkjs();
  });

  it("makes everything that a prover and a deployer need, with its hashes", () => {
    expect(ranStages(first)).to.deep.equal([...STAGES]);
    expect(readdirSync(first.folder).filter((name) => !name.startsWith("."))).to.have.members([
      ...OUTPUTS,
      "manifest.json",
    ]);
    const { manifest } = loadArtifactFolder(first.folder, "small");
    expect(manifest).to.deep.include({ circuit: "toy", profile: "small", development: true });
    expect(manifest.size).to.deep.equal({
      constraints: 209,
      wires: 211,
      publicSignals: 3,
      privateInputs: 1,
      domain: 256,
    });
    expect(manifest.outputs["circuit.r1cs"].sha256).to.equal(manifest.circuitHash);
    expect(manifest.inputs.sources.map(({ name }) => name)).to.include.members([
      "circuits/toy.circom",
      "circuits/lib/product.circom",
      "node_modules/circomlib/circuits/bitify.circom",
    ]);
  });

  it("does nothing when nothing changed", async () => {
    const before = OUTPUTS.map((name) => statSync(output(name)).ctimeMs);
    expect(ranStages(await build())).to.deep.equal([]);
    expect(OUTPUTS.map((name) => statSync(output(name)).ctimeMs)).to.deep.equal(before);
  });

  it("does nothing when a source is touched but says the same", async () => {
    utimesSync(source("toy.circom"), new Date(), new Date());
    expect(ranStages(await build())).to.deep.equal([]);
  });

  it("does nothing when a file changes that the circuit does not include", async () => {
    writeFileSync(source("other.circom"), "pragma circom 2.2.0;\n");
    expect(ranStages(await build())).to.deep.equal([]);
  });

  it("rebuilds everything when an included file changes the constraints", async () => {
    writeFileSync(
      source("lib/product.circom"),
      readFileSync(source("lib/product.circom"), "utf8").replace("a * b", "a * b + 1"),
    );
    const second = await build();
    expect(ranStages(second)).to.deep.equal([...STAGES]);
    expect(second.manifest.circuitHash).not.to.equal(first.manifest.circuitHash);
  });

  it("compiles again after a change of a comment, but keeps the key, since the constraints are the same", async () => {
    appendFileSync(source("lib/product.circom"), "// a remark\n");
    const second = await build();
    expect(ranStages(second)).to.deep.equal(["compile"]);
    expect(second.manifest.circuitHash).to.equal(first.manifest.circuitHash);
    expect(second.manifest.inputs.key).not.to.equal(first.manifest.inputs.key);
  });

  it("rebuilds when a parameter changes", async () => {
    const second = await buildCircuit({ ...TOY, parameters: { ROUNDS: 200 } }, space.options);
    expect(ranStages(second)).to.deep.equal([...STAGES]);
    expect(second.manifest.size.domain).to.equal(512);
  });

  it("makes the same bytes in another place at another time", async () => {
    const elsewhere = workspace();
    try {
      const second = await buildCircuit(TOY, elsewhere.options);
      expect(second.manifest).to.deep.equal(first.manifest);
    } finally {
      elsewhere.remove();
    }
  });

  for (const [name, stage] of [
    ["circuit.r1cs", "compile"],
    ["circuit.wasm", "compile"],
    ["circuit.sym", "compile"],
    ["circuit.zkey", "key"],
    ["vkey.json", "key"],
    ["verifier.json", "verifier"],
  ] as const) {
    it(`refuses a damaged ${name}, and makes it again`, async () => {
      const bytes = readFileSync(output(name));
      const middle = bytes.length >> 1;
      bytes[middle] = bytes[middle]! ^ 1;
      writeFileSync(output(name), bytes);
      expect(() => loadArtifactFolder(first.folder, "small"))
        .to.throw(`${name} in`)
        .with.property("name", "ArtifactsError");
      const second = await build();
      expect(ranStages(second)).to.deep.equal([stage]);
      expect(second.manifest).to.deep.equal(first.manifest);
      loadArtifactFolder(first.folder, "small");
    });
  }

  it("goes on after an interruption without repeating the stages that were finished", async () => {
    // What a build leaves that was killed while the key's files were being put in place.
    rmSync(join(first.folder, ".stages", "key.json"));
    rmSync(output("vkey.json"));
    const leftover = join(first.folder, ".tmp-key-12345");
    mkdirSync(leftover);
    writeFileSync(join(leftover, "initial.zkey"), "half a key");
    const second = await build();
    expect(ranStages(second)).to.deep.equal(["key"]);
    expect(second.manifest).to.deep.equal(first.manifest);
    expect(readdirSync(first.folder).filter((name) => name.startsWith(".tmp"))).to.deep.equal([]);
  });

  it("lets two builds of one circuit run at once: one works, the other waits and finds it done", async () => {
    appendFileSync(source("toy.circom"), "// a remark\n");
    const reports = await Promise.all([build(), build()]);
    expect(reports.map(ranStages)).to.have.deep.members([["compile"], []]);
  });

  it("takes over the lock of a build that died", async () => {
    const dead = { token: "dead", pid: 2 ** 22 + 1, host: hostname() };
    writeFileSync(`${first.folder}.lock`, JSON.stringify(dead));
    expect(ranStages(await build())).to.deep.equal([]);
    expect(readdirSync(join(first.folder, ".."))).to.deep.equal(["toy"]);
  });

  it("names the file and the line of an error in a circuit", async () => {
    writeFileSync(
      source("lib/product.circom"),
      "pragma circom 2.2.0;\ntemplate Product() { signal input a; a <== 1 }\n",
    );
    const failure = await build().catch((error: unknown) => error as Error);
    expect(failure).to.be.instanceOf(Error).with.property("name", "CircomError");
    expect((failure as Error).message)
      .to.contain("/circuits/lib/product.circom")
      .and.to.contain(":2:");
  });

  it("names an include that is nowhere", async () => {
    appendFileSync(source("lib/product.circom"), 'include "nowhere.circom";\n');
    const failure = await build().catch((error: unknown) => error as Error);
    expect((failure as Error).message).to.contain('circuits/lib/product.circom includes "nowhere.circom"');
  });

  it("tells which command to run when a circuit was not built", () => {
    expect(() => loadArtifacts("small", "rebalance", join(space.folder, "empty"))).to.throw(
      "npm run build:circuits -- --profile small",
    );
    expect(() => loadArtifacts("small", "unheard-of")).to.throw("there is no circuit small/unheard-of");
  });
});

describe("The verifier contract of a development key", () => {
  let space: Workspace;
  let built: BuildReport;

  before(async function () {
    space = workspace();
    built = await buildCircuit(TOY, space.options);
  });
  after(async () => {
    space.remove();
    await closeSnarkjs();
  });

  async function deploy(chainId: number) {
    const { ethers } = await network.create({ network: "default", override: { chainId } });
    const { abi, bytecode } = loadArtifactFolder(built.folder, "small").verifier;
    const factory = await ethers.getContractFactory([...abi], bytecode);
    return { factory, deployment: factory.deploy() };
  }

  for (const chainId of [31337, 1337]) {
    it(`can be deployed on the local chain ${chainId}, and says what it is`, async () => {
      const contract = await (await deploy(chainId)).deployment;
      expect(await contract.getFunction("DEVELOPMENT_KEY")()).to.equal(true);
      expect(await contract.getFunction("CIRCUIT_HASH")()).to.equal(`0x${built.manifest.circuitHash}`);
    });
  }

  for (const chainId of [1, 10, 42161, 11155111]) {
    it(`cannot be deployed on chain ${chainId}`, async () => {
      const { factory, deployment } = await deploy(chainId);
      await expect(deployment).to.be.revertedWithCustomError(factory, "DevelopmentKeyOnPublicChain").withArgs(chainId);
    });
  }

  it("accepts a proof, and no proof of other public signals", async () => {
    const { wasm, zkey, verificationKey } = loadArtifactFolder(built.folder, "small");
    const { proof, publicSignals } = await groth16.fullProve({ x: 7n, secret: 11n }, wasm, zkey);
    expect(await groth16.verify(verificationKey, publicSignals, proof)).to.equal(true);

    const contract = await (await deploy(31337)).deployment;
    const verify = contract.getFunction("verifyProof");
    const call = JSON.parse(`[${await groth16.exportSolidityCallData(proof, publicSignals)}]`) as [
      string[],
      string[][],
      string[],
      string[],
    ];
    const [a, b, c, signals] = call;
    expect(await verify(a, b, c, signals)).to.equal(true);
    for (const i of signals.keys()) {
      const other = signals.with(i, (BigInt(signals[i]!) ^ 1n).toString());
      expect(await verify(a, b, c, other), `signal ${i} changed`).to.equal(false);
      // The same signal with the field's order added means the same number and must not pass for it.
      const alias = signals.with(i, (BigInt(signals[i]!) + R).toString());
      expect(await verify(a, b, c, alias), `signal ${i} + r`).to.equal(false);
    }
  });
});
