import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { CLI_FILE } from "../support/program.ts";

/** On an idle machine, whose CPU does nothing else meanwhile. */
const MOST_CPU_SECONDS = 0.4;
const TRIES = 5;
/** Tells what the process has used, as it ends. */
const METER = `data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write(String((user+system)/1e6))})`;

describe("The tacit command", () => {
  for (const [option, says] of [
    ["--version", /^\d+\.\d+\.\d+\n$/],
    ["--help", /^Usage: tacit \[options\] \[command\]\n[\s\S]*\n {2}vault +create and look at vaults\n/],
  ] as const) {
    it(`answers ${option} at once: it loads what a command needs when it runs`, () => {
      const used = Array.from({ length: TRIES }, () => {
        const run = spawnSync(process.execPath, ["--import", METER, CLI_FILE, option], { encoding: "utf8" });
        expect(run.stdout).to.match(says);
        return Number(run.stderr);
      });
      expect(Math.min(...used), `seconds of CPU: ${used.join(", ")}`)
        .to.be.greaterThan(0)
        .and.lessThan(MOST_CPU_SECONDS);
    });
  }
});
