import { execFileSync } from "node:child_process";
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

describe("npm start, where its chain dies,", function () {
  this.timeout(600_000);

  /** The process of a demo's local chain, by its parent. */
  function chainOf(parent: number): number {
    const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
    const row = rows
      .map((line) => line.trim().split(/\s+/))
      .find(([, of, ...args]) => Number(of) === parent && args.includes("--hostname"));
    return Number(row![0]);
  }

  it("says so, and what to do, instead of what went wrong with whoever was asking it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tacit-chainless-"));
    let isKilled = false;
    const { child, ended } = startProgram(
      DEMO,
      ["--profile", "small", "--vaults", "1", "--epochs", "2", "--state", folder],
      (said) => {
        if (isKilled || !/creating 1 vault/.test(said)) return;
        isKilled = true;
        process.kill(chainOf(child.pid!), "SIGKILL");
      },
    );
    try {
      const { code, output, errors } = await ended;
      expect([code, output], errors).to.deep.equal([1, ""]);
      expect(errors).to.match(
        /\nnpm start: the local chain has ended; the last line of its log: .*\nthe market can't go on without it: start another \(with another --state folder, or this one emptied\)\n$/,
      );
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
