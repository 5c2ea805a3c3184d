import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { differences } from "../bench/snapshots/compare.ts";
import { contractSizes } from "../bench/snapshots/sizes.ts";

const COMMAND = fileURLToPath(new URL("../bench/snapshots/main.ts", import.meta.url));

describe("What contracts weigh and steps cost", () => {
  const slowly = process.env["TACIT_SLOW"] === undefined ? it.skip : it;

  function check(...options: string[]): void {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, "--check", ...options], { encoding: "utf8" });
    expect(stderr).to.equal("");
    expect(status).to.equal(0);
  }

  it("is within two per cent of what was kept, and the documents say what was kept", () => check("--gas"));

  slowly("is within two per cent of what was kept at the standard size too", () => check("--standard"));

  it("is told of whatever differs by more, either way, is new or is gone", () => {
    const kept = { close: 1_000, clear: 2_000, lapse: 500 };
    expect(differences("gas", kept, kept)).to.deep.equal([]);
    expect(differences("gas", kept, { ...kept, close: 1_020, clear: 1_960 })).to.deep.equal([]);
    // Lighter now and as heavy as ever later: the second change would be no growth beside a figure that is old.
    expect(differences("gas", kept, { close: 1_021, clear: 1_900, tally: 7 })).to.deep.equal([
      "gas of close: 1021, 2.1 % above the 1000 kept",
      "gas of clear: 1900, 5.0 % below the 2000 kept",
      "gas of lapse: was 500, is gone",
      "gas of tally: 7, not kept yet",
    ]);
  });

  it("is kept by names that stand for one contract each", () => {
    const artifacts = mkdtempSync(join(tmpdir(), "tacit-sizes-"));
    const compiled = (path: string, contractName: string, bytes: number): void => {
      mkdirSync(join(artifacts, path), { recursive: true });
      const artifact = { contractName, deployedBytecode: `0x${"00".repeat(bytes)}` };
      writeFileSync(join(artifacts, path, `${contractName}.json`), JSON.stringify(artifact));
    };
    try {
      compiled("vault/Bonds.sol", "Bonds", 2_000);
      compiled("test/Bonds.sol", "Bonds", 3_000);
      expect(contractSizes(artifacts)).to.deep.equal({ Bonds: 2_000 });
      compiled("venues/Bonds.sol", "Bonds", 20_000);
      expect(() => contractSizes(artifacts)).to.throw(
        /^a name for two contracts: v.*\/Bonds\.json and v.*\/Bonds\.json/,
      );
    } finally {
      rmSync(artifacts, { recursive: true });
    }
  });
});
