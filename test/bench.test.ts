import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const BENCH = fileURLToPath(new URL("../bench/main.ts", import.meta.url));

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** What `--json` prints, which must be one object and nothing else. */
function figures(...args: string[]): any {
  const { status, stdout, stderr } = bench(...args, "--json");
  expect(status, stderr).to.equal(0);
  return JSON.parse(stdout);
}

describe("The bench", () => {
  it("tells how large the rebalance circuit is, for tests and for a market, and that it fits its domain", () => {
    const { circuits, ...rest } = figures("--only", "circuits");
    expect(rest).to.deep.equal({});
    for (const profile of ["small", "standard"]) {
      const { constraints, wires, domain, ...others } = circuits.rebalance[profile];
      expect(others).to.deep.equal({});
      expect(wires).to.be.greaterThan(1_000);
      expect(domain).to.equal(2 ** Math.ceil(Math.log2(domain)));
      expect(constraints + 3).to.be.within(domain / 2, domain - 1);
    }
    expect(circuits.rebalance.small.constraints).to.be.lessThan(circuits.rebalance.standard.constraints);
  });

  it("tells what a vault more costs a committee member, and nothing else if only that is asked", () => {
    const { committee, ...rest } = figures("--only", "committee", "--profile", "small", "--runs", "1");
    expect(rest).to.deep.equal({});
    expect(Object.keys(committee)).to.deep.equal(["msPerVault"]);
    expect(committee.msPerVault).to.be.within(0.1, 1_000);
  });

  it("tells what move takes all of a vault's capital at each margin limit, and what moves there have been", () => {
    const { margin, ...rest } = figures("--only", "margin");
    expect(rest).to.deep.equal({});
    // 22 % of notional is the margin of a perp: scenarios of 20 %, a basis of 2 %.
    const perp = (capBps: number): number =>
      margin.caps.find((cap: any) => cap.capBps === capBps).ruinPercent["perp, on the wrong side"];
    expect([5_000, 7_500, 10_000].map(perp)).to.deep.equal([45, 30, 23]);
    for (const { hours, fallPercent, risePercent } of margin.worst) {
      expect(hours).to.be.greaterThan(0);
      expect(fallPercent).to.be.within(0, 100);
      expect(risePercent).to.be.greaterThan(0);
    }
  });

  it("tells how closely volatility surfaces fit option chains, recorded ones if there are any", () => {
    const { surface, ...rest } = figures("--only", "surface");
    expect(rest).to.deep.equal({});
    expect(Object.keys(surface)).to.deep.equal(["recorded", "chains"]);
    expect(Object.keys(surface.chains)).to.have.length.at.least(1);
    for (const chain of Object.values<any>(surface.chains)) {
      expect(chain).to.include({ inForce: true, refusedExpiries: 0 });
      expect(chain.rmseVolPoints).to.be.within(0, 2);
      expect(chain.vegaRmseVolPoints).to.be.within(0, 1);
    }
  });

  it("tells what a sandwich bot earns on orders sent naively, and that the market leaves it less", () => {
    const { mev, ...rest } = figures("--only", "mev", "--epochs", "1");
    expect(rest).to.deep.equal({});
    expect(Object.keys(mev)).to.deep.equal(["naiveUsd", "tacitUsd", "perEpoch"]);
    expect(mev.perEpoch).to.deep.equal([{ epoch: 1, naiveUsd: mev.naiveUsd, tacitUsd: mev.tacitUsd }]);
    expect(mev.naiveUsd).to.be.greaterThan(0);
    expect(mev.tacitUsd).to.be.at.most(mev.naiveUsd);
  });

  it("refuses a section, a profile and a number of runs that there are not, as wrong usage and with nothing on standard output", () => {
    for (const wrong of [
      ["--only", "circuits,gaz"],
      ["--profile", "large"],
      ["--runs", "0"],
      ["--epochs", "0"],
      ["--fast"],
    ]) {
      const { status, stdout, stderr } = bench(...wrong);
      expect([status, stdout]).to.deep.equal([2, ""]);
      expect(stderr).to.match(/^error: /);
      if (wrong[0] === "--only")
        expect(stderr).to.include("circuits, gas, proving, committee, surface, margin, mev, soak, backtest");
    }
  });
});
