import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { signerOf } from "../../client/cli/context.ts";
import { DEMO_MANDATE } from "../../client/demo/plan.ts";
import { booksIn } from "../../client/node/privateBooks.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { Owner } from "../../client/sdk/roles/owner.ts";
import { OwnerTrust } from "../../client/sdk/roles/trust.ts";
import { decryptBook, openShares, reconstruct, sealingContext } from "../../prover/committee/sealing.ts";
import { multiplyPoint } from "../../prover/crypto/curve.ts";
import { parseSealedWords } from "../../prover/format/transcript.ts";
import { deriveMemberKey, formatStrategy, profiles, snapshotHash, strategyTemplate } from "../../prover/index.ts";
import type { MemberKey, ProvingBackend } from "../../prover/index.ts";
import { openProvingBackend, readSeedFile } from "../../prover/node.ts";
import { aboutCode, lyingNode } from "../support/lyingNode.ts";
import type { Lie, Node } from "../support/lyingNode.ts";
import { commandOn } from "../support/program.ts";
import type { MarketCommand } from "../support/program.ts";
import { recordsInMemory } from "../support/records.ts";
import { thrownBy } from "../support/thrown.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

const { small } = profiles;
const TRUTH: Lie = (_method, _params, result) => result;

/** What the node that an owner asks can learn by lying: docs/threat-model.md, "The node you ask". */
describe("A node that lies to a strategy owner", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let command: MarketCommand;
  let backend: ProvingBackend;
  let vault: string;
  let state: StateFolder;
  /** Keys of a committee that is the node's own. */
  const fake: MemberKey[] = Array.from({ length: small.members }, (_, j) =>
    deriveMemberKey(new Uint8Array(32).fill(200 + j), 0n),
  );

  before(async () => {
    const circuit = loadArtifacts("small", "rebalance");
    market = await WholeMarket.open({ circuit });
    command = await commandOn(market);
    backend = openProvingBackend(circuit);
    const { at, answer } = command;
    writeFileSync(at("strategy.json"), formatStrategy(small, strategyTemplate(small, "regime-allocator")), {
      mode: 0o600,
    });
    writeFileSync(at("mandate.json"), JSON.stringify(DEMO_MANDATE));
    await answer("local", "fund", "--state", at("owner"));
    await answer("local", "approve", "--state", at("owner"));
    ({ vault } = (await answer(
      ...["vault", "create", "--state", at("owner"), "--strategy", at("strategy.json")],
      ...["--mandate", at("mandate.json"), "--dealing-interval", "1", "--dealing-offset", "0"],
      "--any-network",
    )) as { vault: string });
    await answer("local", "fund", "--state", at("depositor"));
    await answer("deposit", vault, "100000", "--state", at("depositor"));
    await market.openEpoch();
    state = new StateFolder(at("owner"));
  });
  after(async () => {
    await backend.close();
    command.close();
    await market.close();
  });

  /** The chain as a node shows it that lies, and what it has been handed of submissions. */
  function seen(lie: { now: Lie }): { chain: MarketChain; payloads: string[]; calls: string[] } {
    const [payloads, calls]: string[][] = [[], []];
    const submit = market.chain.market.interface.getFunction("submit")!.selector;
    const node: Node = {
      request: (call) => {
        const { data } = ((call.params ?? [])[0] ?? {}) as { data?: string };
        if (data !== undefined) calls!.push(data);
        if (data?.startsWith(submit)) payloads!.push(data);
        return (market.connection.provider as unknown as Node).request(call);
      },
    };
    const provider = lyingNode(node, (method, params, result) => lie.now(method, params, result));
    return { chain: new MarketChain(provider as never, market.local.deployment), payloads: payloads!, calls: calls! };
  }
  const ownerOn = (chain: MarketChain, trust: OwnerTrust): Owner => {
    const seed = readSeedFile(state.file("seed"));
    return new Owner({
      chain,
      vault,
      signer: signerOf(state, chain),
      seed,
      strategy: strategyTemplate(small, "regime-allocator"),
      backend,
      books: booksIn(state.file("books"), chain, vault, seed),
      trust,
    });
  };
  const fakeCommittee = async (): Promise<Lie> => {
    const [pointer] = await market.chain.committee.current();
    const words = fake.flatMap(({ publicKey }) => [...publicKey]);
    return aboutCode(pointer, () => `0x00${words.map((word) => word.toString(16).padStart(64, "0")).join("")}`);
  };
  /** Selectors of what tells a NAV. */
  const tellsNav = (calls: readonly string[]): boolean => {
    const face = market.chain.vault(vault).interface;
    const selectors = ["previewDeal", "leastRedeemedShares"].map((name) => face.getFunction(name as never)!.selector);
    return calls.some((data) => selectors.some((selector) => data.startsWith(selector)));
  };
  const accepting = async (): Promise<OwnerTrust> => {
    const trust = new OwnerTrust({ chain: market.chain, state: recordsInMemory() });
    await trust.establish();
    return trust;
  };
  /** The trust of `accepted`, asked through another chain. */
  const trustThrough = async (chain: MarketChain, more: object = {}): Promise<OwnerTrust> => {
    const trust = new OwnerTrust({ chain, state: recordsInMemory(), ...more });
    trust.accept((await accepting()).accepted()!);
    return trust;
  };

  it("about the committee is refused before it is told anything of the book", async () => {
    const node = seen({ now: await fakeCommittee() });
    const error = await thrownBy(ownerOn(node.chain, await trustThrough(node.chain)).step());
    expect(error).to.include({ code: "COMMITTEE_CHANGED" });
    expect(node.payloads).to.deep.equal([]);
    expect(tellsNav(node.calls)).to.equal(false);
  });

  it("about a price is refused, whether the hash is the lie's or the truth's", async () => {
    const { snapshotPointer } = (await market.chain.opened(1))!.args;
    // The last digit of the first word of rows: the price of a lot.
    const dearer = aboutCode(
      snapshotPointer,
      (code) => `${code.slice(0, 67)}${code[67] === "1" ? "2" : "1"}${code.slice(68)}`,
    );
    const node = seen({ now: dearer });
    expect(await thrownBy(ownerOn(node.chain, await trustThrough(node.chain)).step())).to.include({
      code: "BAD_SNAPSHOT",
    });
    // With a hash that fits, the signatures don't.
    const words = await node.chain.storedWords(snapshotPointer);
    const opened = market.chain.market.interface.getEvent("EpochOpened")!;
    const fitting = seen({
      now: (method, params, result) => {
        if (method !== "eth_getLogs") return dearer(method, params, result);
        return (result as { topics: string[]; data: string }[]).map((log) => {
          if (log.topics[0] !== opened.topicHash) return log;
          const args = market.chain.market.interface.decodeEventLog(opened, log.data, log.topics).toArray();
          const encoded = market.chain.market.interface.encodeEventLog(opened, args.with(1, snapshotHash(words)));
          return { ...log, ...encoded };
        });
      },
    });
    const error = await thrownBy(ownerOn(fitting.chain, await trustThrough(fitting.chain)).step());
    expect(error).to.include({ code: "BAD_SNAPSHOT" });
    expect(error.message).to.match(/signed by 0 of the 2/);
    for (const { payloads, calls } of [node, fitting]) {
      expect(payloads).to.deep.equal([]);
      expect(tellsNav(calls)).to.equal(false);
    }
  });

  it("about anything is found out by a second node", async () => {
    const { settle } = await market.chain.chainState(vault, { cashFlow: 0n });
    expect(settle.groupFilled).to.include(false);
    const call = market.chain.lens.interface.getFunction("settleWords")!;
    const lie: Lie = (method, params, result) => {
      const { data } = (params[0] ?? {}) as { data?: string };
      if (method !== "eth_call" || !data?.startsWith(call.selector)) return result;
      const [words] = market.chain.lens.interface.decodeFunctionResult(call, result as string) as unknown as [bigint[]];
      return market.chain.lens.interface.encodeFunctionResult(call, [[...words].with(1, 1_000_000n)]);
    };
    const node = seen({ now: lie });
    const trust = await trustThrough(node.chain, { second: market.chain });
    expect(await thrownBy(ownerOn(node.chain, trust).step())).to.include({ code: "NODES_DISAGREE" });
    expect([node.payloads, tellsNav(node.calls)]).to.deep.equal([[], false]);
  });

  it("gets one answer an epoch, and can't open the honest retry with what the first gave it", async () => {
    const lie = { now: await fakeCommittee() };
    const node = seen(lie);
    const records = recordsInMemory();
    // An owner that has never seen this market takes the first committee it is shown.
    const trust = new OwnerTrust({ chain: node.chain, state: records });
    const owner = ownerOn(node.chain, trust);
    expect(await thrownBy(owner.step())).to.include({ code: "STEP_REVERTED" });
    expect(node.payloads.length).to.be.above(0);
    const first = await openedBy(fake, node.payloads[0]!);
    expect(first.book.order.some((lots) => lots !== 0n)).to.equal(true);

    // The truth: refused until the owner takes it, and then not in this epoch any more.
    lie.now = TRUTH;
    expect(await thrownBy(owner.step())).to.include({ code: "COMMITTEE_CHANGED" });
    trust.accept(await trust.shown());
    expect(await thrownBy(owner.step())).to.include({ code: "STATE_CHANGED" });

    const moment = await market.chain.chainState(vault, { cashFlow: 0n });
    // An owner that forgot its answer, or a second process: the retry lands.
    const retry = await ownerOn(node.chain, await trustThrough(node.chain)).step();
    expect(retry!.receipt.status).to.equal(1);
    const [landed] = await market.chain.submissions({ vault });
    const sealed = parseSealedWords(small, landed!.sealedWords);
    const own = new Set([
      ...first.sealed.orderCommitments.flat(),
      ...first.sealed.ephemeral,
      ...first.sealed.payload.book,
    ]);
    const words = [...sealed.orderCommitments.flat(), ...sealed.ephemeral, ...sealed.payload.book];
    expect(words.filter((word) => own.has(word))).to.deep.equal([]);
    const context = sealingContext(moment, sealed.orderCommitments);
    expect(() => decryptBook(small, sealed.payload.book, first.bookKey, context)).to.throw();
    // Shares of the one and of the other don't lie on one polynomial.
    expect(first.book.salt).not.to.equal(retry!.built.newBook.salt);
  });

  it("is answered by an owner that shows what it trusts, and takes another committee only by its fingerprint", async () => {
    const { at, answer, refusal } = command;
    const before = await answer("owner", "trust", "--state", at("owner"));
    const { committee } = before["shown"] as { committee: string };
    expect(await refusal("owner", "trust", "--state", at("owner"), "--accept", `0x${"1".repeat(64)}`)).to.match(
      /nothing is accepted/,
    );
    const after = await answer("owner", "trust", "--state", at("owner"), "--accept", committee);
    expect(after["same"]).to.equal(true);
  });

  /** What the holders of a committee's keys read in a submission's payload. */
  async function openedBy(keys: readonly MemberKey[], data: string) {
    const face = market.chain.market.interface;
    const [{ sealedWords }] = face.decodeFunctionData("submit", data) as unknown as [{ sealedWords: bigint[] }];
    const sealed = parseSealedWords(small, sealedWords);
    const moment = await market.chain.chainState(vault, { cashFlow: 0n });
    const shares = keys.map(({ secretKey }, j) => ({
      member: j + 1,
      ...openShares(small, sealed, moment, j + 1, multiplyPoint(secretKey, sealed.ephemeral)),
    }));
    const bookKey = reconstruct(shares.map(({ member, bookKeyShare }) => ({ member, share: bookKeyShare })));
    const context = sealingContext(moment, sealed.orderCommitments);
    return { sealed, bookKey, book: decryptBook(small, sealed.payload.book, bookKey, context) };
  }
});
