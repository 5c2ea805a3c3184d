import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { EventFragment, Interface, LogDescription } from "ethers";
import { writeDeployment } from "../../client/node/deploymentFile.ts";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { ownCircuit, ownCircuitOf } from "../../client/node/ownCircuit.ts";
import { auditSubmission } from "../../client/sdk/roles/auditor.ts";
import type { AuditReport, OwnCircuit } from "../../client/sdk/roles/auditor.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { anyOrderCircuit } from "../support/anyOrder.ts";
import { aboutCalldata, aboutCode, aboutLogs, lyingNode, serveLyingNode } from "../support/lyingNode.ts";
import type { Lie } from "../support/lyingNode.ts";
import { CLI, runProgram } from "../support/program.ts";
import { SECOND_ORDERS, tradedMarket } from "../support/wholeMarket.ts";
import type { WholeMarket } from "../support/wholeMarket.ts";

const CLAIMS = {
  chain: "it starts from the commitment of the vault's submission before",
  snapshot: "the stored snapshot has the epoch's snapshot hash",
  signatures: "a quorum of reporters signed the snapshot",
  hash: "h is the hash of the transcript rebuilt from chain data",
  proof: "the proof verifies for the transcript",
  points: "order commitments and ephemeral key are points of the prime subgroup",
  set: "the frozen set is the submissions of the epoch",
  opening: (group: number) => `the net traded in group ${group} is the sum of the sealed orders`,
};

/** One chain on which everything was done right, shown by nodes that lie in one place each. */
describe("An audit from chain data alone", () => {
  let market: WholeMarket;
  let vault: string;
  let other: string;
  before(async () => {
    market = await tradedMarket();
    await market.openEpoch();
    // An epoch that pays redemptions takes no order of that vault.
    await market.submit(market.vaults[0]!, SECOND_ORDERS[0]);
    await market.submit(market.vaults[1]!, {}, await market.redeemable(market.vaults[1]!));
    await market.finishEpoch();
    [other, vault] = market.vaults.map(({ address }) => address) as [string, string];
  });
  after(() => market.close());

  const audit = (lie: Lie = (_method, _params, result) => result, epoch = 2): Promise<AuditReport> =>
    auditSubmission(
      new MarketChain(lyingNode(market.connection.provider as never, lie), market.local.deployment),
      vault,
      epoch,
    );
  const failures = async (lie: Lie, epoch?: number): Promise<string[]> =>
    (await audit(lie, epoch)).checks.filter(({ ok }) => !ok).map(({ claim }) => claim);

  const abi = (): Interface => market.chain.market.interface;
  const eventOf = (name: string): EventFragment => abi().getEvent(name)!;
  /** Lies about events of a name that fit. */
  const aboutEvents = (
    name: string,
    fits: (log: LogDescription) => boolean,
    change: (args: unknown[]) => unknown[] | undefined,
  ): Lie =>
    aboutLogs(eventOf(name).topicHash, (log) => {
      const parsed = abi().parseLog(log)!;
      if (!fits(parsed)) return log;
      const args = change(parsed.args.toArray(true));
      return args && { ...log, ...abi().encodeEventLog(eventOf(name), args) };
    });
  /** Lies about what the oracle says of an epoch's snapshot: epoch, hash, time, signatures. */
  const aboutAccepted = (epoch: bigint, change: (args: unknown[]) => unknown[]): Lie => {
    const face = market.chain.oracle.interface as Interface;
    const event = face.getEvent("SnapshotAccepted")!;
    return aboutLogs(event.topicHash, (log) => {
      const args = face.decodeEventLog(event, log.data, log.topics).toArray(true);
      return args[0] === epoch ? { ...log, ...face.encodeEventLog(event, change(args)) } : log;
    });
  };
  const ofVault =
    (address: string, epoch: number) =>
    ({ args }: LogDescription): boolean =>
      args["vault"] === address && args["epoch"] === BigInt(epoch);
  const argument = (name: string, field: string): number =>
    eventOf(name).inputs.findIndex((input) => input.name === field);
  const calldataOf = async (address: string, epoch: number): Promise<{ hash: string; data: string }> => {
    const [submitted] = await market.chain.submissions({ epoch, vault: address });
    const { hash, data } = (await market.chain.provider.getTransaction(submitted!.transactionHash))!;
    return { hash, data };
  };

  it("passes every check for each submission, its redemption included", async () => {
    for (const address of [vault, other]) {
      for (const epoch of [1, 2]) {
        const report = await auditSubmission(market.chain, address, epoch);
        expect(report.checks.filter(({ ok }) => !ok)).to.deep.equal([]);
        expect(report.ok).to.equal(true);
        expect(report.checks.map(({ claim }) => claim)).to.include.members([
          CLAIMS.proof,
          CLAIMS.opening(0),
          CLAIMS.opening(1),
          CLAIMS.signatures,
        ]);
      }
    }
    const [submitted] = await market.chain.submissions({ epoch: 2, vault });
    expect(submitted!.redeemShares > 0n && submitted!.cashFlow < 0n).to.equal(true);
  });

  it("says that a snapshot was altered after it was stored, and that nothing follows from it", async () => {
    const pointer = await opening(2, "snapshotPointer");
    // One unit in the last word of a slot: the position cap. Three words come after it.
    const after = 3 * 64;
    const altered = aboutCode(
      pointer,
      (code) => code.slice(0, -after - 1) + (code.at(-after - 1) === "0" ? "1" : "0") + code.slice(-after),
    );
    expect(await failures(altered)).to.deep.equal([CLAIMS.snapshot, CLAIMS.hash, CLAIMS.proof]);
  });

  it("says that the epoch points to the snapshot of another", async () => {
    market.prices.set("ETH", (market.prices.get("ETH")! * 101n) / 100n);
    const restore = await market.checkpoint();
    await market.openEpoch();
    const foreign = await opening(3, "snapshotPointer");
    const at = argument("EpochOpened", "snapshotPointer");
    const lie = aboutEvents(
      "EpochOpened",
      ({ args }) => args["epoch"] === 2n,
      (args) => args.with(at, foreign),
    );
    expect(await failures(lie)).to.deep.equal([CLAIMS.snapshot, CLAIMS.signatures, CLAIMS.hash, CLAIMS.proof]);
    await restore();
  });

  it("says that a snapshot was not signed by a quorum", async () => {
    const resigned = (change: (signatures: string[]) => string[]): Lie =>
      aboutAccepted(2n, (args) => args.with(-1, change(args.at(-1) as string[])));
    for (const lie of [
      resigned((signatures) => signatures.slice(0, 1)),
      resigned(([first]) => [first!, first!]),
      resigned(([first, second]) => [first!, `${second!.slice(0, 10)}00${second!.slice(12)}`]),
    ]) {
      expect(await failures(lie)).to.deep.equal([CLAIMS.signatures]);
    }
  });

  it("says that what a quorum signed is the snapshot of another epoch, however good its signatures", async () => {
    const [first] = await market.chain.events(market.chain.oracle, "SnapshotAccepted", { epoch: 1 });
    const lie = aboutAccepted(2n, (args) => args.with(-1, [...first!.args.signatures]));
    expect(await failures(lie)).to.deep.equal([CLAIMS.signatures]);
  });

  it("says that a proof belongs to another submission", async () => {
    const [mine, theirs] = [await calldataOf(vault, 2), await calldataOf(other, 2)];
    const submissionOf = (data: string): unknown[] =>
      (abi().decodeFunctionData("submit", data).toArray(true) as [unknown[]])[0];
    const PROOF = 2;
    const foreign = submissionOf(theirs.data)[PROOF];
    const lie = aboutCalldata(mine.hash, (data) =>
      abi().encodeFunctionData("submit", [submissionOf(data).with(PROOF, foreign)]),
    );
    expect(await failures(lie)).to.deep.equal([CLAIMS.proof]);
  });

  it("says that what was traded is not the sum of the sealed orders", async () => {
    const at = argument("GroupCleared", "nets");
    const lie = aboutEvents(
      "GroupCleared",
      ({ args }) => args["epoch"] === 2n && args["group"] === 0n,
      (args) => args.with(at, (args[at] as bigint[]).with(0, (args[at] as bigint[])[0]! + 1n)),
    );
    expect(await failures(lie)).to.deep.equal([CLAIMS.opening(0)]);
    const blinding = argument("GroupCleared", "rho");
    const other = aboutEvents(
      "GroupCleared",
      ({ args }) => args["epoch"] === 2n && args["group"] === 1n,
      (args) => args.with(blinding, (args[blinding] as bigint) + 1n),
    );
    expect(await failures(other)).to.deep.equal([CLAIMS.opening(1)]);
  });

  it("says that a vault's chain of commitments is broken", async () => {
    const at = argument("Submitted", "newCommitment");
    const forged = aboutEvents("Submitted", ofVault(vault, 1), (args) => args.with(at, (args[at] as bigint) + 1n));
    expect(await failures(forged)).to.deep.equal([CLAIMS.chain]);
    const hidden = aboutEvents("Submitted", ofVault(vault, 1), () => undefined);
    expect(await failures(hidden)).to.deep.equal([CLAIMS.chain]);
  });

  it("says that another book was committed to than was proven", async () => {
    const at = argument("Submitted", "newCommitment");
    const lie = aboutEvents("Submitted", ofVault(vault, 2), (args) => args.with(at, (args[at] as bigint) + 1n));
    expect(await failures(lie)).to.deep.equal([CLAIMS.hash, CLAIMS.proof, CLAIMS.set]);
  });

  it("says that NAV, cash flow, redeemed shares or sealed words are not those that were proven", async () => {
    for (const field of ["nav", "cashFlow", "redeemShares"]) {
      const at = argument("Submitted", field);
      const lie = aboutEvents("Submitted", ofVault(vault, 2), (args) => args.with(at, (args[at] as bigint) + 1n));
      expect(await failures(lie), field).to.deep.equal([CLAIMS.hash, CLAIMS.proof]);
    }
    const at = argument("Submitted", "sealedWords");
    const payload = aboutEvents("Submitted", ofVault(vault, 2), (args) =>
      args.with(at, (args[at] as bigint[]).with(-1, 7n)),
    );
    expect(await failures(payload)).to.deep.equal([CLAIMS.hash, CLAIMS.proof, CLAIMS.set]);
    const order = aboutEvents("Submitted", ofVault(vault, 2), (args) =>
      args.with(at, (args[at] as bigint[]).with(0, 7n)),
    );
    expect(await failures(order)).to.include.members([CLAIMS.hash, CLAIMS.proof, CLAIMS.points, CLAIMS.set]);
  });

  it("says that a submission was withheld from the frozen set", async () => {
    const lie = aboutEvents("Submitted", ofVault(other, 2), () => undefined);
    expect(await failures(lie)).to.deep.equal([CLAIMS.set, CLAIMS.opening(0), CLAIMS.opening(1)]);
  });

  it("is what tacit verify prints, check by check, with an exit code that says whether all held", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tacit-audit-"));
    const deployment = join(folder, "tacit.json");
    writeDeployment(deployment, market.local.deployment);
    const rho = argument("GroupCleared", "rho");
    const wrong = aboutEvents(
      "GroupCleared",
      ({ args }) => args["epoch"] === 2n && args["group"] === 1n,
      (args) => args.with(rho, (args[rho] as bigint) + 1n),
    );
    const cases: [Lie, number, string[]][] = [
      [(_method, _params, result) => result, 0, []],
      [wrong, 1, [CLAIMS.opening(1)]],
    ];
    for (const [lie, exitCode, failing] of cases) {
      const node = await serveLyingNode(market.connection.provider as never, lie);
      const { code, output, errors } = await runProgram(CLI, [
        "verify",
        vault,
        "2",
        "--circuit",
        (await anyOrderCircuit()).folder,
        "--rpc",
        node.url,
        "--deployment",
        deployment,
      ]);
      node.close();
      expect(code, errors).to.equal(exitCode);
      const lines = output.trim().split("\n");
      expect(
        lines.filter((line) => line.startsWith("  FAIL")).map((line) => line.slice(7).split(":")[0]!.trim()),
      ).to.deep.equal(failing);
      expect(lines[0]).to.match(/^DEVELOPMENT KEY: its secret is public, so anybody can forge proofs/);
      expect(lines.at(-1)).to.equal(
        failing.length === 0 ? "everything holds, as far as a development key can tell" : "NOT VALID",
      );
    }
    rmSync(folder, { recursive: true });
  });

  describe("of the verifier", () => {
    const VERIFIER = [
      "the verifier says it is of the circuit built here",
      "the verifier's code is that of the circuit and the key built here",
      "the proof verifies here, under the key built here",
    ];
    const withOwn = async (own: OwnCircuit, lie: Lie = (_method, _params, result) => result): Promise<string[]> => {
      const chain = new MarketChain(lyingNode(market.connection.provider as never, lie), market.local.deployment);
      const { checks } = await auditSubmission(chain, vault, 2, own);
      expect(checks.map(({ claim }) => claim)).to.include.members(VERIFIER);
      return checks.filter(({ ok }) => !ok).map(({ claim }) => claim);
    };

    it("finds the auditor's own circuit, code and key behind it", async () => {
      expect(await withOwn(ownCircuitOf(await anyOrderCircuit()))).to.deep.equal([]);
    });

    it("says that another circuit is behind it, though every proof of the market's holds", async () => {
      expect(await withOwn(ownCircuitOf(loadArtifacts("small", "rebalance")))).to.deep.equal(VERIFIER);
    });

    it("says that its code is another, though it names the circuit", async () => {
      const own = ownCircuitOf(await anyOrderCircuit());
      const address = await market.chain.verifierAt("latest");
      const altered = aboutCode(address, (code) => `${code.slice(0, -2)}${code.endsWith("00") ? "01" : "00"}`);
      expect(await withOwn(own, altered)).to.deep.equal([VERIFIER[1]]);
      expect(
        await withOwn(
          own,
          aboutCode(address, () => "0x"),
        ),
      ).to.deep.equal([VERIFIER[1]]);
    });

    it("says that its proofs hold under another key only", async () => {
      const own = ownCircuitOf(await anyOrderCircuit());
      const [first, second, ...rest] = own.verificationKey.IC;
      const verificationKey = { ...own.verificationKey, IC: [first!, first!, second!, ...rest.slice(1)] };
      expect(await withOwn({ ...own, verificationKey })).to.deep.equal([VERIFIER[2]]);
    });

    it("is left out where no circuit was built, which the report notes; a folder without one is refused", async () => {
      for (const own of [undefined, { missing: "it was not built" }]) {
        const { checks, notes, ok } = await auditSubmission(market.chain, vault, 2, own);
        expect(ok).to.equal(true);
        expect(checks.map(({ claim }) => claim)).to.not.include.members(VERIFIER);
        expect(notes.join()).to.match(/not compared with a circuit of your own: (none was named|it was not built)/);
      }
      expect(ownCircuit("small", await anyOrderCircuit().then(({ folder }) => folder))).to.have.property("circuitHash");
      expect(() => ownCircuit("small", tmpdir())).to.throw("there is no built circuit");
    });
  });

  async function opening(epoch: number, field: string): Promise<string> {
    const [log] = await market.chain.market.queryFilter(market.chain.market.filters["EpochOpened"]!(epoch));
    return abi().parseLog(log!)!.args[field] as string;
  }
});
