import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A command that the README tells its reader to leave running has this comment. */
const LEAVE_RUNNING = /# leave it running$/;
/**
 * Lines that this test does not run: demo.test.ts runs the first at the small size, and this test is a part of the
 * second.
 */
const ELSEWHERE = ["npm start", "npm test"];
/** Words in capitals that the README leaves to its reader to fill in, and what has printed them. */
const PLACES: Readonly<Record<string, RegExp>> = {
  URL: /export TACIT_RPC=(\S+)/,
  VAULT: /^ {2}vault (0x\w{40}) /m,
  MINE: /^vault +(0x\w{40}) .*\nowner.*\nbond paid/m,
  EPOCH: /last submission in epoch ([1-9]\d*)/,
};
const PLACE = new RegExp(`\\b(${Object.keys(PLACES).join("|")})\\b`, "g");
const PATIENCE_MS = 240_000;

/**
 * What each command says, by its first words, in the order of the README. A command that says something else and ends
 * well is typed again, as its reader would: dealings and epochs have to come first.
 */
const SAYS: readonly (readonly [command: string, says: RegExp])[] = [
  ["npm start --", /export TACIT_RPC=http/],
  ["export", /^$/],
  ["tacit()", /^$/],
  ["tacit market show", /phase +\w.*\n[^]*instruments +.*ETH-PERP[^]*\n {2}vault 0x/],
  ["tacit market list", /ETH +Uniswap v3[^]*ETH-PERP +Curie/],
  ["tacit local fund --state me", /has 1000 ether, and \$1,000,000\.00 more in test dollars/],
  ["tacit vault show VAULT", /last submission in epoch [1-9]\d*[^]*owner's bond +\$10,000\.00[^]*deltaBps +11000/],
  ["tacit deposit VAULT", /asked for shares for \$1,000\.00/],
  ["tacit account", /cash +\$999,000\.00\n[^]*deposit (asked|to claim) +\$1,000\.00/],
  ["tacit claim", /claimed [1-9][\d.,]* shares/],
  ["tacit redeem", /asked for cash for 12\.5 shares/],
  ["tacit strategy new", /strategy +strategy\.json, secret/],
  ["tacit strategy train", /The network is in strategy\.json/],
  ["tacit backtest", /report\/backtest\.html/],
  ["tacit local fund --state owner", /more in test dollars/],
  ["tacit local approve", /may create 1 vault/],
  ["tacit strategy commit", /^0x[0-9a-f]{64}$/],
  ["tacit vault create", /strategy commitment +0x[0-9a-f]{64}\n?/],
  ["tacit owner run", /"msg":"submitted"/],
  ["tacit bond show", /bond +\$10,000\.00/],
  ["tacit deposit MINE", /asked for shares for \$5,000\.00/],
  ["tacit decide", /what epoch \d+ (sends|would)|private: only this machine/],
  ["tacit vault show MINE", /private: only this machine[^]*mandate row/],
  ["tacit verify", /ok +the proof verifies[^]*everything holds/],
];

const commands = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^```sh\n([^]*?)^```$/gm)]
  .flatMap(([, block]) => block!.trim().split("\n"))
  .filter((line) => !ELSEWHERE.includes(line.replace(/ *#.*/, "")));

/** The README as its reader follows it: each command typed as shown, one after the other, on one running market. */
describe("The README", function () {
  this.timeout(PATIENCE_MS + 60_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const places = new Map<string, string>();
  const told: string[] = [];
  const running: ChildProcess[] = [];

  // A folder that looks like the checkout, so that nothing the commands make gets into it or into the user's home.
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tacit-readme-"));
    for (const name of readdirSync(ROOT)) {
      if (![".git", "market", "me", "owner", "report"].includes(name))
        symlinkSync(join(ROOT, name), join(folder, name));
    }
    mkdirSync(join(folder, "home"));
    const outside = Object.entries(process.env).filter(([name]) => !/^(npm_|TACIT_|INIT_CWD)/i.test(name));
    env = {
      ...Object.fromEntries(outside),
      HOME: join(folder, "home"),
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
    };
  });
  after(async () => {
    await Promise.all(running.map(stop));
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows the commands that this test knows", () => {
    expect(commands.map((line) => SAYS.find(([first]) => line.startsWith(first))?.[0] ?? line)).to.deep.equal(
      SAYS.map(([first]) => first),
    );
  });

  for (const [i, line] of commands.entries()) {
    it(line.replace(/ *#.*/, ""), async () => {
      const says = SAYS[i]![1];
      const typed = line.replace(PLACE, (name) => {
        expect([...places.keys()], "printed by an earlier command").to.include(name);
        return places.get(name)!;
      });
      if (/^export |^tacit\(\)/.test(typed)) told.push(typed);
      const output = await (LEAVE_RUNNING.test(line) ? leaveRunning(typed, says) : type(typed, says));
      for (const [name, printed] of Object.entries(PLACES)) {
        const found = printed.exec(output)?.[1];
        if (found !== undefined && !places.has(name)) places.set(name, found);
      }
    });
  }

  /** Types a command until it says what it should. */
  async function type(line: string, says: RegExp): Promise<string> {
    for (const started = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 1_000))) {
      const { child, printed } = shell(line);
      const code = await new Promise((resolve) => child.once("close", resolve));
      expect(code, printed.errors).to.equal(0);
      if (says.test(printed.output.trimEnd())) return printed.output;
      expect(Date.now() - started, printed.output).to.be.lessThan(PATIENCE_MS);
    }
  }

  /** Starts a command and waits until it has said what it should. */
  async function leaveRunning(line: string, says: RegExp): Promise<string> {
    const { child, printed } = shell(line);
    running.push(child);
    const text = (): string => printed.output + printed.errors;
    for (const started = Date.now(); !says.test(text()); await new Promise((resolve) => setTimeout(resolve, 200))) {
      expect(child.exitCode, text()).to.equal(null);
      expect(Date.now() - started, text()).to.be.lessThan(PATIENCE_MS);
    }
    return text();
  }

  /** A line in a shell of its own, with what earlier lines have told the user's shell. */
  function shell(line: string): { child: ChildProcess; printed: { output: string; errors: string } } {
    const child = spawn("sh", ["-c", [...told, line].join("\n")], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const printed = { output: "", errors: "" };
    child.stdout.on("data", (chunk: Buffer) => (printed.output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (printed.errors += chunk.toString()));
    return { child, printed };
  }

  /** Ctrl-C, for a command and all that it has started. */
  async function stop(child: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => child.once("close", resolve));
    const send = (signal: NodeJS.Signals): void => {
      try {
        process.kill(-child.pid!, signal);
      } catch {
        // It has ended by itself.
      }
    };
    send("SIGINT");
    const timer = setTimeout(() => send("SIGKILL"), 10_000);
    if (child.exitCode === null && child.signalCode === null) await ended;
    clearTimeout(timer);
  }
});
