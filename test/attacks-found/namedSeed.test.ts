import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { commandIn } from "../support/program.ts";

/**
 * `tacit strategy leak` says of a network that was trained with a named seed that "whoever has the same prices can train
 * it too", and `tacit vault create` refuses it. Numbers drawn with a named seed are as reproducible, by whoever sees the
 * command line (a process list, a shell's history) or guesses the word: `tacit strategy new --seed WORD` draws them
 * again. Nothing notes it, and the figures say that nothing is known.
 */
describe("A strategy whose numbers were drawn from a named seed", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "tacit-named-seed-"));
  after(() => rmSync(folder, { recursive: true }));

  it("is called reproducible, not one whose numbers are nobody's", async () => {
    const tacit = commandIn(folder);
    for (const name of ["mine", "theirs"]) await tacit("strategy", "new", "--out", `${name}.json`, "--seed", "alpha");
    expect(readFileSync(join(folder, "mine.json"), "utf8"), "anybody who has the word has it all").to.equal(
      readFileSync(join(folder, "theirs.json"), "utf8"),
    );
    await tacit("strategy", "new", "--out", "random.json");
    const said = async (name: string): Promise<string> => (await tacit("strategy", "leak", name)).output;
    expect(await said("mine.json")).to.match(/seed/);
    expect(await said("random.json")).not.to.match(/seed/);
  });
});
