import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "chai";
import hre from "hardhat";
import { GENERATED } from "../../circuits/writeFormat.ts";
import { Circuit } from "../support/circuit.ts";
import type { Edit } from "../support/circuit.ts";
import { randomScenario } from "../support/scenario.ts";
import { profiles } from "../../prover/format/profile.ts";
import { parseTranscript } from "../../prover/format/transcript.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("The format", () => {
  it("is what every generated file says", () => {
    for (const [path, source] of Object.entries(GENERATED)) {
      const present = readFileSync(join(ROOT, path), "utf8");
      expect(source(present), path).to.equal(present);
    }
  });

  describe("with one word more in the header", () => {
    const AFTER = '  { name: "halted", kind: "flag" },\n';
    const LINE = '  { name: "feeBps", kind: "natural", unit: "bps", max: BPS },\n';
    const { N, U, S, M } = profiles.small.sizes;
    let folder: string;
    let profile: any, transcript: any, words: bigint[], signals: { h: bigint; d: bigint; x: bigint };
    const file = (path: string): string => readFileSync(join(folder, path), "utf8");

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "tacit-format-"));
      for (const path of [
        "circuits/format.ts",
        "circuits/format",
        "circuits/writeFormat.ts",
        "circuits/lib",
        "contracts/format",
        "contracts/curve",
        "docs/protocol.md",
        "prover/base",
        "prover/crypto",
        "prover/format",
        "package.json",
      ]) {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        cpSync(join(ROOT, path), join(folder, path), { recursive: true });
      }
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));

      // The one line.
      const description = file("circuits/format.ts");
      expect(description.split(AFTER)).to.have.length(2);
      writeFileSync(join(folder, "circuits/format.ts"), description.replace(AFTER, AFTER + LINE));
      execFileSync(process.execPath, [join(folder, "circuits/writeFormat.ts")]);

      const load = (path: string): Promise<any> => import(pathToFileURL(join(folder, path)).href);
      profile = (await load("prover/format/profile.ts")).profiles.small;
      transcript = await load("prover/format/transcript.ts");
      const known = parseTranscript(profiles.small, buildSubmission(randomScenario(profiles.small, 7).request).words);
      words = transcript.transcriptWords(profile, { ...known, header: { ...known.header, feeBps: 250n } });
      signals = transcript.publicSignals(words);
    });

    after(() => rmSync(folder, { recursive: true }));

    it("has the word in the prover's transcript, there and back", () => {
      expect(profile.wordNames).to.deep.equal(profiles.small.wordNames.toSpliced(14, 0, "header.feeBps"));
      expect(words).to.have.length(profiles.small.wordNames.length + 1);
      expect(words[14]).to.equal(250n);
      expect(transcript.parseTranscript(profile, words).header.feeBps).to.equal(250n);
      expect(transcript.transcriptWords(profile, transcript.parseTranscript(profile, words))).to.deep.equal(words);
    });

    it("has it in the circuit, with its range, and the words behind it one place on", () => {
      const main = {
        includes: ["lib/format.circom", "lib/digest.circom"],
        template: "Harness()",
        inputs: ["words", "x"],
        body: `template Harness() {
          signal input words[TRANSCRIPT_WORDS(${N}, ${U}, ${S}, ${M})];
          signal input x;
          signal output out[8];
          component read = ReadTranscript(${N}, ${U}, ${S}, ${M});
          read.words <== words;
          signal {natural, maxAbs} fee <== read.out.header.feeBps;
          assert(fee.maxAbs == 10000);
          out[0] <== fee;
          out[1] <== TRANSCRIPT_WORDS(${N}, ${U}, ${S}, ${M});
          out[2] <== read.out.header.cashWanted;
          out[3] <== read.out.mandate.breachEpochs;
          out[4] <== read.out.correlations;
          out[5] <== read.out.sealedBook[BOOK_WORDS(${N}) - 1];
          out[6] <== Sponge(TRANSCRIPT_WORDS(${N}, ${U}, ${S}, ${M}))(words);
          out[7] <== Evaluate(TRANSCRIPT_WORDS(${N}, ${U}, ${S}, ${M}))(words, x);
        }`,
      };
      const edit: Edit = (path, text) => (path === "circuits/lib/format.circom" ? file(path) : text);
      const circuit = new Circuit(main, [edit], ["--r1cs", "--wasm", "--sym", "--O1"]);
      const word = (name: string): bigint => words[profile.wordNames.indexOf(name)]!;
      expect(circuit.run({ words, x: signals.x }).slice(0, 8)).to.deep.equal([
        250n,
        BigInt(words.length),
        word("header.cashWanted"),
        word("mandate.breachEpochs"),
        word("snapshot.correlations"),
        words.at(-1),
        signals.h,
        signals.d,
      ]);
    });

    it("has it in the contracts, which compile as they are and find the same places, lengths and signals", async () => {
      const probe = `// SPDX-License-Identifier: MIT
        pragma solidity ^0.8.28;
        import {FIELD, Format, HEADER_FEE_BPS, HEADER_CASH_WANTED, HEADER_WORDS} from "contracts/format/Format.sol";
        import {Transcript} from "contracts/format/Transcript.sol";
        contract Probe {
          function layout() external pure returns (uint256, uint256, uint256, uint256) {
            return (HEADER_FEE_BPS, HEADER_CASH_WANTED, HEADER_WORDS, Format.transcriptWords(${N}, ${U}, ${S}, ${M}));
          }
          function signals(uint256[] memory words, uint256 h) external pure returns (uint256 d, uint256 x) {
            x = Transcript.challenge(words, h);
            d = Transcript.evaluate(words, x, FIELD);
          }
        }`;
      compileSolidity(folder, "contracts/Market.sol", undefined, ["abi"]);
      const { Probe } = compileSolidity(folder, "Probe.sol", probe, ["abi", "evm.bytecode.object"]);
      const { ethers } = await hre.network.create();
      const [signer] = await ethers.getSigners();
      const contract: any = await new ethers.ContractFactory(Probe!.abi, Probe!.evm.bytecode.object, signer).deploy();
      const at = (name: string): bigint => BigInt(profile.wordNames.indexOf(name));
      expect([...(await contract.layout())]).to.deep.equal([
        at("header.feeBps"),
        at("header.cashWanted"),
        BigInt(profile.sections.header.count),
        BigInt(words.length),
      ]);
      expect([...(await contract.signals(words, signals.h))]).to.deep.equal([signals.d, signals.x]);
    });

    it("has it in the table of the protocol", () => {
      expect(file("docs/protocol.md"))
        .to.include("| header | 17 |")
        .and.to.include("halted, feeBps, strategyCommitment");
    });
  });
});

/** The contracts of a file, or of a text, compiled with the folder's format. @param outputs of the compiler */
function compileSolidity(
  folder: string,
  path: string,
  text: string | undefined,
  outputs: string[],
): Record<string, any> {
  const solc = createRequire(import.meta.url)("solc");
  const read = (name: string): string => {
    const root = name === "contracts/format/Format.sol" ? folder : ROOT;
    return readFileSync(join(root, name.startsWith("contracts/") ? name : join("node_modules", name)), "utf8");
  };
  const input = {
    language: "Solidity",
    sources: { [path]: { content: text ?? read(path) } },
    settings: { evmVersion: "cancun", outputSelection: { [path]: { "*": outputs } } },
  };
  const found = solc.compile(JSON.stringify(input), { import: (name: string) => ({ contents: read(name) }) });
  const { errors = [], contracts } = JSON.parse(found);
  expect(errors.filter(({ severity }: { severity: string }) => severity === "error")).to.deep.equal([]);
  return contracts[path];
}
