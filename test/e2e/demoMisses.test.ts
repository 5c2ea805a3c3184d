import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { DemoReport } from "../../client/demo/model.ts";
import { DEMO, startProgram } from "../support/program.ts";

/** An owner is killed after the first epoch and never comes back; later the market itself is stopped. */
describe("npm start, where an owner is gone,", function () {
  this.timeout(1_200_000);
  let folder: string;
  let run: ReturnType<typeof startProgram>;
  let errors = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tacit-misses-"));
  });
  after(() => {
    run.child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** The process that holds a lock in a party's folder. */
  function processOf(party: string): number {
    const lock = readdirSync(join(folder, party)).find((name) => /^owner-.*\.lock$/.test(name))!;
    return (JSON.parse(readFileSync(join(folder, party, lock), "utf8")) as { pid: number }).pid;
  }
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("goes on without, epoch after epoch, and stays up for whoever wants to look", async () => {
    let isKilled = false;
    const args = ["--profile", "small", "--epochs", "3", "--vaults", "2", "--json", "--stay", "--state", folder];
    const stays = new Promise<void>((resolve) => {
      run = startProgram(DEMO, args, (said) => {
        errors = said;
        if (!isKilled && /epoch 1\b/.test(said)) {
          isKilled = true;
          process.kill(processOf("owner-2"), "SIGKILL");
        }
        if (/the market stays up/.test(said)) resolve();
      });
    });
    await Promise.race([stays, run!.ended.then(() => expect.fail(errors))]);
    expect(errors)
      .to.match(/owner-2 has ended/)
      .and.match(/not submitted: vault-2; the market goes on without/);
    const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as DemoReport;
    expect(report.epochs.map(({ seen }) => seen.submissions.length)).to.deep.equal([2, 1, 1]);
    const failed = report.invariants.filter(({ ok }) => ok === false).map(({ claim }) => claim);
    expect(failed, "that one alone").to.deep.equal(["every vault submitted in every epoch"]);
  });

  it("ends within a moment when it is told to, with everything it has started", async () => {
    const owner = processOf("owner-1");
    const began = performance.now();
    run.child.kill("SIGINT");
    await run.ended;
    expect(performance.now() - began).to.be.lessThan(3_000);
    expect(isAlive(owner)).to.equal(false);
  });
});
