import { HISTORY_HOURS, provePossession, Replay } from "../../../prover/index.ts";
import { openFunding, openImpliedVol, openProvingBackend, openReplay } from "../../../prover/node.ts";
import { loadArtifacts } from "../../../circuits/artifacts.ts";
import { serve } from "../../node/http.ts";
import { hash } from "../../sdk/format.ts";
import { booksIn } from "../../node/privateBooks.ts";
import { Keeper } from "../../sdk/roles/keeper.ts";
import { Member, memberRoutes } from "../../sdk/roles/member.ts";
import { Owner } from "../../sdk/roles/owner.ts";
import { Reporter } from "../../sdk/roles/reporter.ts";
import { StateFolder } from "../../node/stateFolder.ts";
import { connect, openLog, print, signerOf } from "../context.ts";
import { requireLock } from "../../node/folderLock.ts";
import { FIRST_TRUST, trustOf } from "./trust.ts";
import type { TrustOptions } from "./trust.ts";
import { runLoop } from "../../node/loop.ts";
import type { PartyOptions } from "../context.ts";
import { existingSeed, readReplayClock, readStrategy } from "../../node/files.ts";
import { fileKeyring } from "../../node/keyring.ts";

/** A ready line for whoever started the role: what it is and where it answers. */
const ready = (json: boolean | undefined, value: Record<string, unknown>): void =>
  print(json, value, () =>
    Object.entries(value)
      .map(([name, v]) => `${name} ${String(v)}`)
      .join("  "),
  );

export async function runOwner(
  options: PartyOptions & TrustOptions & { vault: string; strategy: string },
): Promise<void> {
  const chain = await connect(options);
  const state = StateFolder.existing(options.state);
  requireLock(state.file(`owner-${options.vault}.lock`), `running the owner of ${options.vault} in ${state.path}`);
  const log = openLog("owner");
  const backend = openProvingBackend(loadArtifacts(chain.deployment.profile, "rebalance"));
  const seed = existingSeed(state);
  const trust = await trustOf(options, chain, state);
  const owner = new Owner({
    chain,
    vault: options.vault,
    signer: signerOf(state, chain, log),
    seed,
    strategy: readStrategy(chain.profile, options.strategy),
    backend,
    books: booksIn(state.file("books"), chain, options.vault, seed),
    trust,
  });
  let committee: string;
  try {
    await owner.check();
    const { isNew, ...trusted } = await trust.establish();
    ({ committee } = trusted);
    if (isNew) log.info({ committee }, FIRST_TRUST);
  } catch (error) {
    await backend.close();
    throw error;
  }
  ready(options.json, { role: "owner", vault: options.vault, account: state.wallet().address, committee });
  await runLoop(
    log,
    async () => {
      const done = await owner.step();
      if (done === undefined) return false;
      // Nothing of the order, not even whether there is one.
      log.info(
        {
          epoch: done.epoch,
          provingMs: Math.round(done.provingMs),
          gas: Number(done.receipt.gasUsed),
          transactionHash: done.receipt.hash,
        },
        "submitted",
      );
      return true;
    },
    async () => {
      await backend.close();
      chain.provider.destroy();
      trust.close();
    },
  );
}

export async function runReporter(
  options: PartyOptions & {
    replay: string;
    data?: string;
    from?: string;
    modelSeed: string;
    funding?: string;
    volatility?: string;
    follow?: string;
    port: number;
  },
): Promise<void> {
  const clock = readReplayClock(options.replay);
  const chain = await connect(options);
  const log = openLog("reporter");
  const assets = [...new Set(chain.deployment.slots.flatMap((slot) => slot?.symbol ?? []))];
  const path = openReplay({
    assets,
    history: HISTORY_HOURS,
    seed: options.modelSeed,
    ...(options.data ? { data: options.data } : {}),
    ...(options.from ? { from: options.from } : {}),
  });
  const funding = openFunding(options.funding);
  for (const note of [...(path.notes ?? []), ...(funding.notes ?? [])])
    log.warn({ note }, "left out of the data, or assumed");
  const data = new Replay(path, funding, clock, openImpliedVol(options.volatility));
  const { follow } = options;
  const state = StateFolder.existing(options.state);
  requireLock(state.file("reporter.lock"), `running the reporter in ${state.path}`);
  const reporter = new Reporter({
    chain,
    state,
    data,
    ...(follow === undefined ? {} : { follow }),
  });
  const server = await serve({ snapshot: () => reporter.latest() }, options.port);
  ready(options.json, { role: "reporter", url: server.url, account: reporter.address, data: data.description });
  await runLoop(
    log,
    async () => {
      const done = await reporter.step();
      if (done === undefined) return false;
      const {
        statement: { epoch, observedAt },
        words,
        tooFar,
      } = done;
      log.info({ epoch, observedAt, words }, "signed");
      if (tooFar.length > 0) log.warn({ epoch, tooFar }, `the words of ${follow} are too far from its own`);
      return true;
    },
    () => {
      server.close();
      chain.provider.destroy();
    },
  );
}

export async function registerMember(options: PartyOptions & { new?: boolean }): Promise<void> {
  const chain = await connect(options);
  const state = new StateFolder(options.state);
  const account = state.wallet().address;
  const keyring = fileKeyring(state);
  const { secretKey, publicKey } = (options.new ? undefined : keyring.keys().at(-1)) ?? keyring.add();
  const registration = {
    chainId: BigInt(chain.deployment.chainId),
    registry: chain.deployment.committeeRegistry,
    account,
  };
  const proof = provePossession(secretKey, registration);
  const entry = {
    account,
    keyX: hash(publicKey[0]),
    keyY: hash(publicKey[1]),
    proofX: hash(proof.commitment[0]),
    proofY: hash(proof.commitment[1]),
    proofS: hash(proof.response),
  };
  print(options.json, entry, () =>
    Object.entries(entry)
      .map(([name, value]) => `${name.padEnd(8)} ${value}`)
      .join("\n"),
  );
  chain.provider.destroy();
}

export async function runMember(options: PartyOptions & { port: number; finalityBlocks: number }): Promise<void> {
  const chain = await connect(options);
  const log = openLog("member");
  const state = StateFolder.existing(options.state);
  requireLock(state.file("member.lock"), `running the member in ${state.path}`);
  const member = new Member(chain, state, fileKeyring(state), { finalityBlocks: options.finalityBlocks });
  const server = await serve(memberRoutes(member), options.port);
  ready(options.json, { role: "member", url: server.url, account: member.address });
  await runLoop(
    log,
    async () => {
      const statement = await member.step();
      if (statement) log.info({ epoch: Number(statement.epoch), setHash: statement.setHash }, "signed sums");
      const erased = await member.eraseOldKeys();
      if (erased > 0) log.info({ erased }, "erased keys that no batch and no book needs");
      return statement !== undefined;
    },
    () => {
      server.close();
      chain.provider.destroy();
    },
  );
}

export async function runKeeper(
  options: PartyOptions & { reporters: string[]; members: string[]; once?: boolean },
): Promise<void> {
  const chain = await connect(options);
  const log = openLog("keeper");
  const state = StateFolder.existing(options.state);
  requireLock(state.file("keeper.lock"), `running the keeper in ${state.path}`);
  const keeper = new Keeper({
    chain,
    signer: signerOf(state, chain, log),
    reporters: options.reporters,
    members: options.members,
  });
  const step = async (): Promise<boolean> => {
    const done = await keeper.step();
    if (done)
      log.info(
        { epoch: done.epoch, gas: Number(done.receipt.gasUsed), transactionHash: done.receipt.hash },
        `${done.step}: ${done.detail}`,
      );
    return done !== undefined;
  };
  if (options.once) {
    const NOTHING_DUE = 3;
    if (!(await step())) process.exitCode = NOTHING_DUE;
    chain.provider.destroy();
    return;
  }
  ready(options.json, { role: "keeper", account: state.wallet().address });
  await runLoop(log, step, () => chain.provider.destroy());
}
