import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { formatUnits, JsonRpcProvider, toQuantity } from "ethers";
import type { Signer } from "ethers";
import { formatStrategy, HISTORY_HOURS, lastHour, Replay, toMicroUsd } from "../../prover/index.ts";
import { openFunding, openImpliedVol, openReplay, readSeedFile } from "../../prover/node.ts";
import type { Observation, PricePath, ReplayClock } from "../../prover/index.ts";
import { arbitrage, renewSeries } from "../deploy/local/derivatives.ts";
import { instrumentName } from "../sdk/deployment.ts";
import { writeDeployment } from "../node/deploymentFile.ts";
import type { Deployment, OptionSlot } from "../sdk/deployment.ts";
import {
  appointCommittee,
  approveOwner,
  DEFAULT_CONFIG,
  deployMarket,
  fundEther,
  mintCash,
  setPrice,
} from "../deploy/local/market.ts";
import type { LocalMarket, MemberRegistration } from "../deploy/local/market.ts";
import { MarketChain } from "../sdk/chain/reader.ts";
import type { MarketStatus } from "../sdk/chain/types.ts";
import { TacitError } from "../sdk/errors.ts";
import { SHARE_DECIMALS } from "../sdk/units.ts";
import { count, shares, usd } from "../sdk/format.ts";
import { writeReplayClock } from "../node/files.ts";
import { StateFolder } from "../node/stateFolder.ts";
import {
  checkInvariants,
  gasBySteps,
  outcomesOf,
  readEpoch,
  readFootprints,
  readTruths,
  readVenueHistories,
} from "./observe.ts";
import type { DemoVault } from "./observe.ts";
import {
  demoAssets,
  demoPlans,
  demoStrategy,
  demoTemplate,
  DEPOSIT_DOLLARS,
  fairPrices,
  DEMO_MANDATE,
  nextSeries,
} from "./plan.ts";
import { buildArtifacts, buildContracts, Processes, runCli } from "./processes.ts";
import type { DemoOptions, DemoReport } from "./model.ts";
import { epochTable } from "./report.ts";

const REPORTERS = 3;
const HOUR_SECONDS = 3_600;
/** Chain time between deployment and the first hour: deposits are made in it. */
const LEAD_SECONDS = 1_800;
const FEED_LEAD_SECONDS = 300;
const DISPUTE_SECONDS = 61;
/**
 * A replayed hour's prices stand still: a group that failed so often will not be traded in what is left of the window.
 */
const HOPELESS_TRIES = 3;
/** The run has one of each of these and ends without it; the market itself needs no particular keeper. */
const INDISPENSABLE = ["chain", "keeper"];
/**
 * Hours are replayed as fast as everybody is ready. Where nothing has happened for so long, the rest of a window passes
 * at once: for owners of the demo's own on a slow machine, for those who joined and submit nothing, for those who are
 * gone, for members and keeper.
 */
const PATIENCE_MS = { ours: 240_000, joined: 60_000, gone: 5_000, clearing: 120_000 };
/** Without a snapshot there is no further hour: the run is given up. */
const SNAPSHOT_TIMEOUT_MS = 600_000;

/** Builds what is missing, runs the market for the epochs asked for, looks back at it and reports. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { epochs, say, profile } = options;
  const started = Date.now();
  const path = openReplay({
    assets: demoAssets(profile),
    seed: options.modelSeed,
    hours: epochs,
    history: HISTORY_HOURS,
    ...(options.data ? { data: options.data } : {}),
    ...(options.from ? { from: options.from } : {}),
  });
  if (path.hours < epochs)
    throw new TacitError(
      "DATA_ENDS",
      `the data has ${count(path.hours, "hour")} from there on, ${count(epochs, "epoch")} were asked for: choose an earlier --from${(path.notes ?? []).map((note) => `; ${note}`).join("")}`,
    );
  // What is wrong with it is said before anything is built.
  openFunding(options.funding);
  say(`data: ${path.description}`);
  for (const note of path.notes ?? []) say(`  ${note}`);

  say(`building the ${profile} circuit (about a minute the first time)`);
  await buildArtifacts(profile);
  say("compiling the contracts (about a minute the first time)");
  await buildContracts(say);

  const processes = new Processes();
  try {
    const stage = await setUp(options, path, processes);
    const setup = Date.now() - started;
    const [, rpc, , deployment] = stage.common;
    say(
      `to look around while it runs, from another terminal:\n  npx --no-install tacit market show ${stage.common.join(" ")}\nor, for this and every other command:\n  export TACIT_RPC=${rpc} TACIT_DEPLOYMENT=${deployment}`,
    );
    const report = await replay(options, stage, processes);
    options.onReport({ ...report, seconds: { setup: setup / 1000, epochs: (Date.now() - started - setup) / 1000 } });
    if (options.stay) {
      say(
        `the market stays up until Ctrl-C, for looking around: its data has been replayed, so NO further epoch opens. Deposits and redemptions asked for from now on are not dealt; what was dealt can be claimed. For a longer run: --epochs. Parties' folders (--state) are in ${options.folder}`,
      );
      await new Promise((resolve) => options.stop.addEventListener("abort", resolve));
    }
  } catch (error) {
    // Whatever was asked of it failed then, in words about connections.
    const isKnown = error instanceof TacitError && error.code === "PARTY_DIED";
    throw !isKnown && (await processes.hasDied("chain")) ? death("chain", options.folder) : error;
  } finally {
    await processes.stop();
  }
}

/** The end of a party that the run can't go on without. */
const death = (name: string, folder: string): TacitError =>
  new TacitError(
    "PARTY_DIED",
    `${deathText(name, folder)}\nthe market can't go on without it: start another (with another --state folder, or this one emptied)`,
  );
const deathText = (name: string, folder: string): string =>
  `${name === "chain" ? "the local chain" : name} has ended; the last line of its log: ${lastLine(join(folder, `${name}.log`))}`;

interface Stage {
  chain: MarketChain;
  provider: JsonRpcProvider;
  governance: Signer;
  local: LocalMarket;
  deployment: Deployment;
  /** Option series as last listed, by slot. The keeper may have ended one already. */
  series: Map<number, OptionSlot>;
  vaults: DemoVault[];
  /** What the reporters see too. */
  data: Replay;
  /** Options of every CLI command here. */
  common: string[];
  dealingInterval: number;
}

async function setUp(options: DemoOptions, path: PricePath, processes: Processes): Promise<Stage> {
  const { folder, say, profile } = options;
  const party = (name: string): StateFolder => new StateFolder(join(folder, name));
  const log = (name: string): string => join(folder, `${name}.log`);

  say("starting the chain");
  const rpc = await processes.startChain(log("chain"));
  const provider = new JsonRpcProvider(rpc, undefined, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 100 });
  // The node counts its nonces: others act as governance too (tacit local).
  const governance = await provider.getSigner(0);
  const fund = (account: string): Promise<unknown> => fundEther(provider, account);

  say("deploying the market: pools, feeds, registries, oracle");
  const reporters = Array.from({ length: REPORTERS }, (_, i) => party(`reporter-${i + 1}`));
  const now = (await provider.getBlock("latest"))!.timestamp;
  const clock: ReplayClock = { startTimestamp: now + LEAD_SECONDS, secondsPerHour: HOUR_SECONDS };
  const data = new Replay(path, openFunding(options.funding), clock, openImpliedVol(options.volatility));
  const local = await deployMarket(governance, {
    profile,
    ...demoPlans(profile, data.atHour(0)),
    reporters: reporters.map((state) => state.wallet().address),
    limits: { quorum: 2 },
    // An hour passes from one snapshot to the next; only a second one missed is a reason to halt.
    config: { epochSeconds: HOUR_SECONDS, snapshotWindow: HOUR_SECONDS },
  });
  const { deployment } = local;
  const deploymentFile = join(folder, "tacit.json");
  writeDeployment(deploymentFile, deployment);
  const replayFile = join(folder, "replay.json");
  writeReplayClock(replayFile, clock);
  const common = ["--rpc", rpc, "--deployment", deploymentFile];
  const chain = new MarketChain(provider, deployment);

  say(
    `appointing ${chain.profile.members} committee members (orders open with ${chain.profile.orderDegree + 1}, books with ${chain.profile.bookDegree + 1})`,
  );
  const memberNames = Array.from({ length: chain.profile.members }, (_, j) => `member-${j + 1}`);
  const registrations = await Promise.all(
    memberNames.map((name) =>
      runCli<Record<string, string>>(["member", "key", "--state", join(folder, name), ...common]),
    ),
  );
  await appointCommittee(governance, deployment, registrations as unknown as MemberRegistration[]);

  say(`creating ${count(options.vaults, "vault")}, each with a secret strategy and a depositor`);
  const dealingInterval = Math.max(2, Math.min(4, options.epochs - 2));
  const mandateFile = join(folder, "mandate.json");
  writeFileSync(mandateFile, JSON.stringify(DEMO_MANDATE));
  const vaults: DemoVault[] = [];
  for (let v = 0; v < options.vaults; v++) {
    const name = `vault-${v + 1}`;
    const owner = party(`owner-${v + 1}`);
    writeFileSync(owner.file("strategy.json"), formatStrategy(chain.profile, demoStrategy(options.profile, v)), {
      mode: 0o600,
    });
    await fund(owner.wallet().address);
    await mintCash(governance, deployment, owner.wallet().address, BigInt(DEFAULT_CONFIG.minBondMicroUsd));
    await approveOwner(governance, deployment, owner.wallet().address);
    const { vault } = await runCli([
      "vault",
      "create",
      "--state",
      owner.path,
      "--strategy",
      owner.file("strategy.json"),
      "--mandate",
      mandateFile,
      "--name",
      `Tacit ${name}`,
      "--symbol",
      `T${v + 1}`,
      "--dealing-interval",
      String(dealingInterval),
      "--dealing-offset",
      "1",
      // The demo's strategies are templates, which everybody has: the report shows what they do.
      "--any-network",
      ...common,
    ]);
    vaults.push({
      name,
      owner: `owner-${v + 1}`,
      address: vault!,
      strategy: demoTemplate(v),
      seed: readSeedFile(owner.file("seed")),
      booksFolder: owner.file("books"),
    });

    const depositor = party(`depositor-${v + 1}`);
    await fund(depositor.wallet().address);
    const dollars = DEPOSIT_DOLLARS[v % DEPOSIT_DOLLARS.length]!;
    await mintCash(governance, deployment, depositor.wallet().address, BigInt(2 * dollars) * 1_000_000n);
    await runCli(["deposit", vault!, String(dollars), "--state", depositor.path, ...common]);
  }

  say(
    `starting ${REPORTERS} reporters, ${memberNames.length} members, ${count(vaults.length, "owner")} and a keeper, each a process of its own`,
  );
  const replayArgs = [
    "--replay",
    replayFile,
    "--model-seed",
    options.modelSeed,
    ...(options.data ? ["--data", options.data] : []),
    ...(options.from ? ["--from", options.from] : []),
    ...(options.funding ? ["--funding", options.funding] : []),
    ...(options.volatility ? ["--volatility", options.volatility] : []),
  ];
  const [reporterUrls, memberUrls] = await Promise.all([
    Promise.all(
      reporters.map(
        async (state, i) =>
          (
            await processes.startRole(
              `reporter-${i + 1}`,
              ["reporter", "run", "--state", state.path, ...replayArgs, ...common],
              log(`reporter-${i + 1}`),
            )
          )["url"]!,
      ),
    ),
    Promise.all(
      memberNames.map(
        async (name) =>
          (
            await processes.startRole(
              name,
              ["member", "run", "--state", join(folder, name), "--finality-blocks", "0", ...common],
              log(name),
            )
          )["url"]!,
      ),
    ),
  ]);
  await Promise.all(
    vaults.map(({ address }, v) => {
      const owner = join(folder, `owner-${v + 1}`);
      return processes.startRole(
        `owner-${v + 1}`,
        ["owner", "run", "--state", owner, "--vault", address, "--strategy", join(owner, "strategy.json"), ...common],
        log(`owner-${v + 1}`),
      );
    }),
  );
  const keeper = party("keeper");
  await fund(keeper.wallet().address);
  await processes.startRole(
    "keeper",
    [
      "keeper",
      "run",
      "--state",
      keeper.path,
      "--reporters",
      reporterUrls.join(","),
      "--members",
      memberUrls.join(","),
      ...common,
    ],
    log("keeper"),
  );
  const series = new Map(deployment.slots.flatMap((slot, i) => (slot?.kind === "option" ? [[i, slot] as const] : [])));
  return { chain, provider, governance, local, deployment, series, vaults, data, common, dealingInterval };
}

async function replay(options: DemoOptions, stage: Stage, processes: Processes): Promise<Omit<DemoReport, "seconds">> {
  const { chain, provider, governance, deployment, vaults, data, common, dealingInterval } = stage;
  const { folder, say } = options;
  const epochs: DemoReport["epochs"] = [];
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const observation = data.atHour(epoch - 1);
    const hourTime = observation.observedAt;
    // Feeds and arbitrageurs are a little ahead of the reporters, who sign what has been traded in the hour.
    await mineAt(provider, hourTime - FEED_LEAD_SECONDS);
    for (const [symbol, price] of Object.entries(lastHour(observation.path).prices))
      await setPrice(governance, deployment, symbol, toMicroUsd(price));
    await arbitrage(governance, stage.local.derivatives, await chain.slots(), fairPrices(observation));
    for (const text of await nextSeriesOf(stage, options, processes, observation)) say(`  ${text}`);
    const slots = (await chain.slots()).flatMap((slot, i) => (slot ? [{ slot: i, name: instrumentName(slot) }] : []));
    await mineAt(provider, hourTime + 1);

    await until(chain, processes, options, ({ epoch: e, phase }) => e === epoch && phase !== "await snapshot");
    await submissionsEnd(stage, options, processes, epoch);
    const hidden = await readTruths(chain, vaults, epoch);
    await clearingEnds(stage, options, processes, epoch);
    const seen = await readEpoch(chain, epoch, vaults);
    epochs.push({ slots, seen, hidden });
    say(epochTable(chain.profile, slots, seen, hidden));

    // What depositors do: claim what the first dealing left, then leave in part or add before the next one.
    if (epoch === 1) {
      for (const [v, { address }] of vaults.entries()) {
        const me = ["--state", join(folder, `depositor-${v + 1}`), ...common];
        const { claimedShareUnits } = await runCli(["claim", address, ...me]);
        if (v % 2 === 0)
          await runCli(["redeem", address, formatUnits(BigInt(claimedShareUnits!) / 4n, SHARE_DECIMALS), ...me]);
        else await runCli(["deposit", address, String(DEPOSIT_DOLLARS[v % DEPOSIT_DOLLARS.length]! / 4), ...me]);
      }
    }
    if (epoch === 1 + dealingInterval) {
      for (const [v, { address }] of vaults.entries()) {
        const { claimedShareUnits, claimedMicroUsd } = await runCli([
          "claim",
          address,
          "--state",
          join(folder, `depositor-${v + 1}`),
          ...common,
        ]);
        say(`  depositor ${v + 1} claimed ${shares(BigInt(claimedShareUnits!))} and ${usd(BigInt(claimedMicroUsd!))}`);
      }
    }
  }

  say("looking back: conservation, openings, NAV prints, audits of every submission");
  const footprints = await readFootprints(
    chain,
    vaults,
    epochs.map(({ seen }) => seen),
  );
  const outcomes = outcomesOf(chain.profile, epochs);
  const invariants = await checkInvariants(
    chain,
    vaults,
    epochs.map(({ seen, hidden }) => ({ view: seen, truths: hidden })),
    footprints,
    outcomes,
  );
  const provingMs = vaults.flatMap((_, v) => provingTimes(join(folder, `owner-${v + 1}.log`))).sort((a, b) => a - b);
  return {
    ok: outcomes.traded.length > 0 && invariants.every(({ ok }) => ok !== false),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.versions.node}`,
    profile: options.profile,
    data: data.description,
    epochs,
    outcomes,
    footprints,
    venues: await readVenueHistories(chain),
    provingMs: { median: provingMs[Math.floor(provingMs.length / 2)] ?? 0, max: provingMs.at(-1) ?? 0 },
    gas: await gasBySteps(chain, deployment.deployBlock),
    invariants,
  };
}

/**
 * Waits until the keeper has ended the series that have expired, and lists the next ones in their slots.
 * @returns what happened
 */
async function nextSeriesOf(
  { chain, provider, governance, local, data, series }: Stage,
  options: DemoOptions,
  processes: Processes,
  observation: Observation,
): Promise<string[]> {
  const { now } = await chain.status();
  const news: string[] = [];
  for (const [i, slot] of series) {
    if (slot.expiry > now) continue;
    await until(chain, processes, options, async () => {
      // A payoff off the feed's can be disputed for a minute.
      if ((await chain.venue(i)).proposal.disputable) await provider.send("evm_increaseTime", [DISPUTE_SECONDS]);
      await provider.send("evm_mine", []);
      return (await chain.slots())[i] === null;
    });
    const ended = (await chain.events(chain.desk, "SeriesEnded", { slot: i })).at(-1);
    const plan = demoPlans(options.profile, data.atHour(0)).options.find((one) => one.slot === i)!;
    const terms = nextSeries(slot, observation);
    const listed = local.derivatives.options.get(i)!;
    local.derivatives.options.set(i, await renewSeries(governance, local.host, listed, { ...plan, ...terms }));
    const next = (await chain.slots())[i] as OptionSlot;
    series.set(i, next);
    news.push(
      `${instrumentName(slot)} has expired and pays ${usd(ended!.args.exitIndex, 6)} a lot; its slot is ${instrumentName(next)}'s now`,
    );
  }
  return news;
}

async function mineAt(provider: JsonRpcProvider, timestamp: number): Promise<void> {
  await provider.send("evm_setNextBlockTimestamp", [toQuantity(timestamp)]);
  await provider.send("evm_mine", []);
}

/**
 * Waits until the batch is frozen, and no longer than it is worth for those who are not in it: they have missed the
 * epoch.
 */
async function submissionsEnd(stage: Stage, options: DemoOptions, processes: Processes, epoch: number): Promise<void> {
  const { chain, provider, vaults } = stage;
  const { unchangedFor } = stillness();
  await until(chain, processes, options, async ({ phase, deadlineAt, now }) => {
    if (phase !== "submit") return true;
    const submitted = (await chain.submissions({ epoch })).map(({ vault }) => vault);
    const missing = (await chain.vaults()).filter((vault) => !submitted.includes(vault));
    const ours = vaults.filter(({ address }) => missing.includes(address));
    const patience = ours.some(({ owner }) => processes.isRunning(owner))
      ? PATIENCE_MS.ours
      : missing.length > ours.length
        ? PATIENCE_MS.joined
        : PATIENCE_MS.gone;
    if (now > deadlineAt || unchangedFor(submitted.join()) < patience) return false;
    const nameOf = (vault: string): string => vaults.find(({ address }) => address === vault)?.name ?? vault;
    options.say(
      `  not submitted: ${missing.map(nameOf).join(", ")}; the market goes on without, and an epoch is missed`,
    );
    await mineAt(provider, deadlineAt + 1);
    return false;
  });
}

/** Waits until every group is cleared or has lapsed. What can't be traded or opened any more lapses at once. */
async function clearingEnds(stage: Stage, options: DemoOptions, processes: Processes, epoch: number): Promise<void> {
  const { chain, provider } = stage;
  const { blockNumber: fromBlock } = await chain.opening(epoch);
  const { unchangedFor } = stillness();
  await until(chain, processes, options, async ({ phase, deadlineAt, now, halted }) => {
    if (phase !== "clear") return phase === "await snapshot";
    if (now > deadlineAt) return false;
    const [failed, pending] = await Promise.all([
      chain.events(chain.market, "GroupFailed", { epoch }, { fromBlock }),
      chain.pendingGroups(),
    ]);
    const isHopeless = pending.every(
      (group) => failed.filter(({ args }) => Number(args.group) === group).length >= HOPELESS_TRIES,
    );
    const isStill = unchangedFor(`${failed.length} ${pending.join()}`) >= PATIENCE_MS.clearing;
    if (pending.length === 0 || !(halted || isHopeless || isStill)) return false;
    options.say(
      `  ${halted ? "the market is halted" : isHopeless ? "what is left can't be traded at prices within its bounds" : "what is left is not opened"}: its orders lapse`,
    );
    await mineAt(provider, deadlineAt + 1);
    return false;
  });
}

/** Tells for how long something has been the same. */
function stillness(): { unchangedFor(what: string): number } {
  let [last, since] = ["", performance.now()];
  return {
    unchangedFor(what) {
      if (what !== last) [last, since] = [what, performance.now()];
      return performance.now() - since;
    },
  };
}

/** Waits for the market; gives up if there is no end to it, or a party has died that this run has only one of. */
async function until(
  chain: MarketChain,
  processes: Processes,
  { folder, say }: DemoOptions,
  reached: (status: MarketStatus) => boolean | Promise<boolean>,
): Promise<void> {
  const { unchangedFor } = stillness();
  for (;;) {
    const status = await chain.status();
    if (await reached(status)) return;
    for (let dead = processes.casualties.shift(); dead !== undefined; dead = processes.casualties.shift()) {
      if (INDISPENSABLE.includes(dead)) throw death(dead, folder);
      say(`  ${deathText(dead, folder)}\n  the market goes on without it, as long as enough are left`);
    }
    if (unchangedFor(`${status.epoch} ${status.phase} ${status.deadlineAt}`) > SNAPSHOT_TIMEOUT_MS)
      throw new TacitError(
        "STUCK",
        `epoch ${status.epoch} stays in its phase "${status.phase}"; the parties' logs are in ${folder} if --state names a folder`,
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
function lastLine(file: string): string {
  const line = lines(file).at(-1) ?? "none";
  return line.startsWith("{") ? String((JSON.parse(line) as { msg?: string }).msg) : line;
}

function provingTimes(log: string): number[] {
  return lines(log).flatMap((line) => {
    const ms = line.startsWith("{") ? (JSON.parse(line) as { provingMs?: number }).provingMs : undefined;
    return ms === undefined ? [] : [ms];
  });
}
