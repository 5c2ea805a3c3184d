import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { differences } from "../bench/snapshots/compare.ts";

const COMMAND = fileURLToPath(new URL("../bench/snapshots/main.ts", import.meta.url));

describe("What contracts weigh and steps cost", () => {
  it("has grown by two per cent at most since it was kept, and the documents say what was kept", () => {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, "--check", "--gas"], { encoding: "utf8" });
    expect(stderr).to.equal("");
    expect(status).to.equal(0);
  });

  it("is told of whatever has grown more, is new or is gone", () => {
    const kept = { close: 1_000, clear: 2_000, lapse: 500 };
    expect(differences("gas", kept, kept)).to.deep.equal([]);
    expect(differences("gas", kept, { ...kept, close: 1_020, clear: 1 })).to.deep.equal([]);
    expect(differences("gas", kept, { close: 1_021, clear: 2_000, tally: 7 })).to.deep.equal([
      "gas of close: 1021, 2.1 % above the 1000 kept",
      "gas of lapse: was 500, is gone",
      "gas of tally: 7, not kept yet",
    ]);
  });
});
