import { number } from "../../client/sdk/format.ts";
import type { Gas } from "./gas.ts";
import { SIZE_LIMIT } from "./sizes.ts";

/** The tables of docs/contracts.md, by the names in the marks they stand between. */
export function docTables(gas: Gas, sizes: Readonly<Record<string, number>>): Record<string, string> {
  return {
    steps: stepsTable(gas),
    derivatives: derivativesTable(gas),
    sizes: sizesTable(sizes),
  };
}

/** @throws Error if a table has no place in the text */
export function withTables(text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((all, [name, table]) => {
    const [start, end] = [`<!-- snapshot: ${name} -->\n`, "<!-- snapshot end -->"];
    const from = all.indexOf(start);
    const to = all.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/contracts.md has no place for the table ${name}: ${start.trim()}`);
    return `${all.slice(0, from + start.length)}${table}\n${all.slice(to)}`;
  }, text);
}

const table = (head: string, rows: readonly (readonly string[])[]): string =>
  [`| ${head} |`, `|---|${"--:|".repeat(rows[0]!.length - 1)}`, ...rows.map((row) => `| ${row.join(" | ")} |`)].join(
    "\n",
  );

/** Each row's steps by their names in gas.json; its figures are theirs. */
const STEPS: readonly (readonly [what: string, ...steps: string[]])[] = [
  ["`publish`, which opens the epoch", "snapshot"],
  ["`submit`; the first of an epoch", "submit", "submit.first"],
  [
    "`submit` that deals deposits; pays redemptions: the vault's part and transfers included",
    "submit.deposit",
    "submit.redeem",
  ],
  ["`close`", "close"],
  ["`tally` of two vaults; each more", "tally.2vaults", "tally.perVault"],
  ["`clear` of a group, without; with what its venues use", "clear", "clear.withVenue"],
  ["the last one, which stores the fills", "clear.last", "clear.withVenue.last"],
  ["`lapse`", "lapse"],
  ["`haltStale`, `halt`, `resume`", "haltStale", "halt", "resume"],
  [
    "`startRecovery`, `finishChallenge`, `openBook` of a vault that holds nothing",
    "startRecovery",
    "finishChallenge",
    "openBook",
  ],
  ["`endSeries` of a spot slot, `forceEndSeries`", "endSeries", "forceEndSeries"],
  ["`fundInsurance`", "fundInsurance"],
  ["`requestDeposit`, `requestRedeem`", "vault.requestDeposit", "vault.requestRedeem"],
  ["`deposit`, `redeem`: claims", "vault.deposit", "vault.redeem"],
  ["`create` of a vault", "factory.create"],
];

function stepsTable({ small, standard }: Gas): string {
  const figures = (of: Readonly<Record<string, number>>, steps: readonly string[]): string =>
    steps.map((step) => number(found(of, step))).join("; ");
  return table(
    "step | small | standard",
    STEPS.map(([what, ...steps]) => [what, figures(small, steps), figures(standard, steps)]),
  );
}

const DERIVATIVES: readonly (readonly [what: string, step: string])[] = [
  ["`checkpoint` of a perp", "checkpoint.perp"],
  ["`checkpoint` of an option", "checkpoint.option"],
  ["`clear` of a group of a perp and an option, nothing traded", "clear.idle"],
  ["trading the perp, with margin sent: besides", "clear.tradesPerp"],
  ["trading the option: besides", "clear.tradesOption"],
  ["`rebalanceMargin`", "rebalanceMargin"],
  ["`proposeExit`", "proposeExit"],
  ["`endSeries` of an option", "endSeries.option"],
  ["`endSeries` of a perp", "endSeries.perp"],
];

const derivativesTable = ({ derivatives }: Gas): string =>
  table(
    "step | gas",
    DERIVATIVES.map(([what, step]) => [what, number(found(derivatives, step))]),
  );

function sizesTable(sizes: Readonly<Record<string, number>>): string {
  const largest = Object.entries(sizes).sort(([, a], [, b]) => b - a);
  return table(
    "contract or library | bytes | free",
    largest.map(([name, bytes]) => [`\`${name}\``, number(bytes), number(SIZE_LIMIT - bytes)]),
  );
}

function found(figures: Readonly<Record<string, number>>, step: string): number {
  const value = figures[step];
  if (value === undefined) throw new Error(`gas.json has no figure for ${step}: npm run bench:snapshots`);
  return value;
}
