import { expect } from "chai";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StateFolder } from "../../client/node/stateFolder.ts";

describe("A state folder that others can look into", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "tacit-state-"));
    chmodSync(path, 0o755);
  });
  afterEach(() => rmSync(path, { recursive: true }));

  it("keeps its files to itself, whatever a crash or somebody else left beside them", () => {
    for (const name of ["statement.json", "key.hex"]) {
      writeFileSync(join(path, `${name}.new`), "", { mode: 0o644 });
      chmodSync(join(path, `${name}.new`), 0o644);
    }
    const state = new StateFolder(path);
    state.writeJson("statement.json", { epoch: 1 });
    state.wallet();
    for (const name of ["statement.json", "key.hex"])
      expect(statSync(state.file(name)).mode & 0o777, name).to.equal(0o600);
  });
});
