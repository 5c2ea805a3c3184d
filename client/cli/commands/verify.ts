import { ownCircuit } from "../../node/ownCircuit.ts";
import { auditSubmission, auditSubmissions, notComparedNote } from "../../sdk/roles/auditor.ts";
import type { AuditStep } from "../../sdk/roles/auditor.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import { TacitError } from "../../sdk/errors.ts";
import { AuditRecord } from "../auditRecord.ts";
import type { AuditRow } from "../auditRecord.ts";
import { print, withChain } from "../context.ts";
import type { CommonOptions } from "../context.ts";
import { utc } from "../dates.ts";
import { progressBar } from "../progress.ts";
import { count, instant } from "../../sdk/format.ts";
import { runs } from "../text/layout.ts";

/** Exit code of a check that could not be made: it says nothing about the submission. */
const NOT_CHECKED = 3;
/** What shells expect of a program that Ctrl-C has stopped. */
const INTERRUPTED = 130;

export interface VerifyOptions extends CommonOptions {
  all?: boolean;
  from?: string;
  to?: string;
  out?: string;
  circuit?: string;
}

/** One submission, or all in a range of epochs: of a vault, or of the market. */
export function verify(vault: string | undefined, epoch: number | undefined, options: VerifyOptions): Promise<void> {
  process.exitCode = NOT_CHECKED;
  return withChain(options, async (chain) => {
    if (vault === undefined || epoch === undefined) return verifyRange(chain, vault, options);
    await chain.requireVault(vault);
    const report = await auditSubmission(chain, vault, epoch, ownCircuit(chain.deployment.profile, options.circuit));
    process.exitCode = report.ok ? 0 : 1;
    print(options.json, report, () =>
      [
        ...warning(report.developmentKey),
        `submission of vault ${vault} in epoch ${epoch}, transaction ${report.transactionHash}`,
        ...checksOf(report),
        ...report.notes.map((note) => `  --    ${note}`),
        verdict(report.ok, report.developmentKey),
      ].join("\n"),
    );
  });
}

const warning = (developmentKey: boolean): string[] =>
  developmentKey
    ? [
        "DEVELOPMENT KEY: its secret is public, so anybody can forge proofs that pass every check here. Fit for trials alone",
      ]
    : [];

const verdict = (ok: boolean, developmentKey: boolean): string =>
  ok ? `everything holds${developmentKey ? ", as far as a development key can tell" : ""}` : "NOT VALID";

const checksOf = ({ checks }: Pick<AuditStep, "checks">): string[] =>
  checks.map(({ ok, claim, detail }) => `${ok ? "  ok   " : "  FAIL "} ${claim}: ${detail}`);

/** What a range of epochs has come to. */
interface RangeReport {
  ok: boolean;
  developmentKey: boolean;
  fromEpoch: number;
  toEpoch: number;
  haltedEpochs: number[];
  /** With a check that failed, of a submission or of the epoch itself. */
  failedEpochs: number[];
  vaults: { vault: string; submissions: number; failedEpochs: number[]; missedEpochs: number[] }[];
  submissions: AuditRow[];
  /** Why the market's verifier was not compared with one of the auditor's own. */
  notCompared?: string;
}

async function verifyRange(chain: MarketChain, vault: string | undefined, options: VerifyOptions): Promise<void> {
  const latest = (await chain.status()).epoch;
  const fromEpoch = options.from === undefined ? 1 : await epochFrom(chain, "--from", options.from);
  const toEpoch = options.to === undefined ? latest : await epochFrom(chain, "--to", options.to);
  if (toEpoch < fromEpoch)
    throw new TacitError("NO_EPOCH", `no epoch lies from --from to --to: the latest that has opened is ${latest}`);
  const own = ownCircuit(chain.deployment.profile, options.circuit);
  const record = new AuditRecord(options.out, chain.deployment.market);
  const bar = progressBar("verify");
  const steps: AuditStep[] = [];
  const rows: AuditRow[] = [];
  const failures: string[] = [];
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const scope = { ...(vault === undefined ? {} : { vault }), fromEpoch, toEpoch, own };
    for await (const step of auditSubmissions(chain, scope, (one) => record.has(one))) {
      steps.push(step);
      for (const one of step.submissions) {
        rows.push("checks" in one ? record.add(one, step.halted) : record.get(one)!);
        if ("checks" in one && !one.ok)
          failures.push(`vault ${one.vault}, epoch ${one.epoch}, transaction ${one.transactionHash}`, ...checksOf(one));
      }
      if (step.checks.some(({ ok }) => !ok)) failures.push(`epoch ${step.epoch}`, ...checksOf(step));
      bar.update(step.doneEpochs, step.ofEpochs);
      if (!stopped) continue;
      process.exitCode = INTERRUPTED;
      throw new TacitError(
        "INTERRUPTED",
        `stopped after epoch ${step.epoch} of ${fromEpoch} to ${toEpoch}${options.out === undefined ? "; with --out FILE the same command would go on from there" : `: the same command goes on from there (${options.out})`}`,
      );
    }
  } finally {
    bar.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  if (rows.length === 0 && failures.length === 0)
    throw new TacitError(
      "NO_SUBMISSION",
      `${vault === undefined ? "no vault" : `vault ${vault}`} submitted in epochs ${fromEpoch} to ${toEpoch}: there is nothing to check`,
    );
  const failedEpochs = steps
    .filter(({ epoch, checks }) => checks.some(({ ok }) => !ok) || rows.some((row) => row.epoch === epoch && !row.ok))
    .map(({ epoch }) => epoch);
  const report: RangeReport = {
    ok: failedEpochs.length === 0,
    developmentKey: rows.some(({ developmentKey }) => developmentKey),
    fromEpoch,
    toEpoch,
    failedEpochs,
    haltedEpochs: steps.filter(({ halted }) => halted).map(({ epoch }) => epoch),
    vaults: await vaultsOf(chain, vault, steps, rows),
    submissions: rows,
    ...("missing" in own ? { notCompared: own.missing } : {}),
  };
  process.exitCode = report.ok ? 0 : 1;
  print(options.json, report, () => [...rangeText(report), ...failures, ...endText(report, record)].join("\n"));
}

const some = (what: string, epochs: readonly number[]): string[] =>
  epochs.length === 0 ? [] : [`${what} ${epochs.length} (${runs(epochs)})`];

function rangeText({ developmentKey, fromEpoch, toEpoch, haltedEpochs, vaults, submissions }: RangeReport): string[] {
  return [
    ...warning(developmentKey),
    `epochs ${fromEpoch} to ${toEpoch}: ${count(submissions.length, "submission")} of ${count(vaults.length, "vault")}`,
    ...vaults.map(({ vault, submissions, failedEpochs, missedEpochs }) =>
      [
        `  vault ${vault}  submitted ${submissions}`,
        ...some("missed", missedEpochs),
        ...some("FAILED", failedEpochs),
      ].join(", "),
    ),
    ...(haltedEpochs.length === 0
      ? []
      : [`  opened halted, so without orders and without nets to check: ${runs(haltedEpochs)}`]),
  ];
}

function endText({ ok, developmentKey, submissions, notCompared }: RangeReport, record: AuditRecord): string[] {
  const open = submissions.filter(({ final }) => !final).length;
  return [
    ...(open === 0
      ? []
      : [
          `  ${open === 1 ? "1 is" : `${open} are`} of an epoch that is not over: verify it again for its set and its nets`,
        ]),
    ...(notCompared === undefined ? [] : [`  ${notComparedNote({ missing: notCompared })}`]),
    ...(record.file === undefined ? [] : [`each submission is in ${record.file}`]),
    verdict(ok, developmentKey),
  ];
}

/** Every vault in the scope, with the epochs since its first submission that passed without one. */
async function vaultsOf(
  chain: MarketChain,
  vault: string | undefined,
  steps: readonly AuditStep[],
  rows: readonly AuditRow[],
): Promise<RangeReport["vaults"]> {
  const vaults = vault === undefined ? await chain.vaults() : [vault];
  return Promise.all(
    vaults.map(async (vault) => {
      const own = rows.filter((row) => row.vault.toLowerCase() === vault.toLowerCase());
      const { missedEpochs } = await chain.ownerRecord(vault);
      return {
        vault,
        submissions: own.length,
        failedEpochs: own.filter(({ ok }) => !ok).map(({ epoch }) => epoch),
        missedEpochs: missedEpochs.filter((epoch) => steps.some((step) => step.epoch === epoch)),
      };
    }),
  );
}

/**
 * An epoch by its number, or the first (last, for `--to`) whose snapshot was observed from (before) a date.
 * @throws TacitError `BAD_DATE`, `NO_EPOCH`
 */
async function epochFrom(chain: MarketChain, option: "--from" | "--to", text: string): Promise<number> {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  const seconds = utc(option, text);
  const openings = (await chain.events(chain.market, "EpochOpened")).map(({ args }) => ({
    epoch: Number(args.epoch),
    observedAt: Number(args.observedAt),
  }));
  const found =
    option === "--from"
      ? openings.find(({ observedAt }) => observedAt >= seconds)
      : openings.findLast(({ observedAt }) => observedAt < seconds);
  if (found === undefined)
    throw new TacitError(
      "NO_EPOCH",
      `no epoch has opened ${option === "--from" ? "since" : "before"} ${option} ${text}${openings.length === 0 ? "" : `: the ${option === "--from" ? "latest" : "first"} was observed at ${instant((option === "--from" ? openings.at(-1)! : openings[0]!).observedAt)}`}`,
    );
  return found.epoch;
}
