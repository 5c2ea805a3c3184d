import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { writeDeployment } from "../../client/node/deploymentFile.ts";
import { serveFaultyNode } from "../support/faultyNode.ts";
import type { FaultyNode } from "../support/faultyNode.ts";
import { CLI, runProgram, startProgram } from "../support/program.ts";
import type { Run } from "../support/program.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/** A role and its user notice a stop at once. */
const AT_ONCE_MS = 2_000;

/** Commands and roles on nodes that forget, limit, hang or go away. */
describe("The tacit command on a node as nodes are", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let node: FaultyNode;
  let folder: string;
  let vault: string;
  const at = (name: string): string => join(folder, name);
  const on = (url = node.url): string[] => ["--rpc", url, "--deployment", at("tacit.json")];
  const tacit = (...args: string[]): Promise<Run> => runProgram(CLI, [...args, ...on()]);
  const request = (method: string, ...params: unknown[]): Promise<unknown> =>
    market.connection.provider.request({ method, params } as never);

  before(async () => {
    market = await WholeMarket.open();
    vault = (await market.addVault()).address;
    node = await serveFaultyNode(market.connection.provider as never);
    folder = mkdtempSync(join(tmpdir(), "tacit-nodes-"));
    writeDeployment(at("tacit.json"), market.local.deployment);
    const { code, errors } = await tacit("local", "fund", "--state", at("me"));
    expect(code, errors).to.equal(0);
  });
  after(async () => {
    node.close();
    rmSync(folder, { recursive: true });
    await market.close();
  });
  beforeEach(() => {
    node.faults = {};
  });

  const account = async (): Promise<Record<string, string>> =>
    JSON.parse((await tacit("account", vault, "--state", at("me"), "--json")).output) as Record<string, string>;
  const asked = async (): Promise<number> => Number((await account())["pendingDepositMicroUsd"]) / 1e6;
  /** Starts a command and waits until it has said something. */
  async function until(words: RegExp, args: string[]): Promise<ReturnType<typeof startProgram>> {
    const started = startProgram(CLI, args);
    const said = new Promise<void>((resolve) => {
      let text = "";
      for (const stream of [started.child.stdout!, started.child.stderr!])
        stream.on("data", (chunk: Buffer) => words.test((text += chunk.toString())) && resolve());
    });
    await Promise.race([said, started.ended.then(({ errors }) => expect.fail(`ended: ${errors}`))]);
    return started;
  }
  async function stop({ child, ended }: ReturnType<typeof startProgram>, signal: NodeJS.Signals): Promise<Run> {
    const began = performance.now();
    child.kill(signal);
    const run = await ended;
    expect(performance.now() - began, run.errors).to.be.lessThan(AT_ONCE_MS);
    return run;
  }

  it("does both of two deposits that one account asks for at once", async () => {
    const before = await asked();
    const runs = await Promise.all(
      ["10", "20"].map((dollars) => tacit("deposit", vault, dollars, "--state", at("me"))),
    );
    for (const { code, errors } of runs) expect(code, errors).to.equal(0);
    expect((await asked()) - before).to.equal(30);
  });

  it("brings a deposit through that the node forgets at first, and says so", async () => {
    const before = await asked();
    node.faults.forgets = 1;
    const { code, errors } = await tacit("deposit", vault, "10", "--state", at("me"));
    expect(code, errors).to.equal(0);
    expect(errors).to.match(/the node does not know \w+ \(transaction 0x[0-9a-f]{64}, nonce \d+\): sending it again/);
    expect((await asked()) - before).to.equal(10);
  });

  it("says what it has sent when it is stopped, and the next command sees to that and does nothing twice", async () => {
    const before = await asked();
    await request("evm_setAutomine", false);
    const deposit = ["deposit", vault, "10", "--state", at("me")];
    const run = await stop(await until(/^sent /m, [...deposit, ...on()]), "SIGINT");
    expect(run.code).to.equal(130);
    expect(run.errors).to.match(
      /^tacit: stopped; \w+ \(transaction 0x[0-9a-f]{64}, nonce \d+\) was sent and may still be mined/m,
    );
    await request("evm_setAutomine", true);
    await request("evm_mine");
    const again = await tacit(...deposit);
    expect(again.code, again.errors).to.equal(0);
    expect((await asked()) - before).to.equal(10);
  });

  it("takes the next of several nodes where one is away, limits requests, or forgets", async () => {
    const before = await asked();
    const good = await serveFaultyNode(market.connection.provider as never);
    try {
      for (const faults of [{ drops: true }, { status: { code: 429, body: "" } }, { forgets: Infinity }]) {
        node.faults = faults;
        const { code, errors } = await runProgram(CLI, [
          "deposit",
          vault,
          "5",
          "--state",
          at("me"),
          ...on(`${node.url},${good.url}`),
        ]);
        expect(code, errors).to.equal(0);
      }
      node.faults = {};
      expect((await asked()) - before).to.equal(15);
    } finally {
      good.close();
    }
  });

  describe("where a role runs,", () => {
    const keeper = (): string[] => ["keeper", "run", "--state", at("keeper"), ...on()];
    before(async () => {
      await tacit("local", "fund", "--state", at("keeper"));
      await market.openEpoch();
      await market.passDeadline();
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const)
      it(`ends it at once on ${signal} while it waits for a transaction that the node forgets, and leaves no lock`, async () => {
        node.faults.forgets = Infinity;
        const run = await stop(await until(/the node does not know close/, keeper()), signal);
        expect(run.code, run.errors).to.equal(0);
        expect(run.errors).to.match(/close \(transaction 0x[0-9a-f]{64}, nonce 0\) was sent and may still be mined/);
        expect(existsSync(at("keeper/keeper.lock"))).to.equal(false);
      });

    for (const [what, faults] of Object.entries({
      "says nothing": { hangs: true },
      "limits requests": { status: { code: 429, body: "" } },
    }))
      it(`ends it at once while its node ${what}`, async () => {
        const running = await until(/role keeper/, keeper());
        node.faults = faults;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        expect((await stop(running, "SIGTERM")).code).to.equal(0);
      });

    it("refuses a second one in the same folder, and takes over from one that was killed", async () => {
      const first = await until(/role keeper/, keeper());
      const { code, errors } = await runProgram(CLI, keeper());
      expect(code).to.equal(1);
      expect(errors).to.match(
        new RegExp(`process ${first.child.pid} is running the keeper in .* already: stop it first`),
      );
      first.child.kill("SIGKILL");
      await first.ended;
      await stop(await until(/role keeper/, keeper()), "SIGTERM");
    });
  });
});
