import { StateFolder } from "../../node/stateFolder.ts";
import { readHalt } from "../../sdk/chain/halt.ts";
import { sendStep } from "../../sdk/chain/send.ts";
import type { HaltReason, HaltRecord, MarketStatus } from "../../sdk/chain/types.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import { instrumentName } from "../../sdk/deployment.ts";
import { TacitError } from "../../sdk/errors.ts";
import { describeTrip, drainedAt, readSlots } from "../../sdk/views/market.ts";
import type { SlotState } from "../../sdk/views/market.ts";
import { print, signerOf, withChain } from "../context.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { count, instant, percent, usd } from "../../sdk/format.ts";
import { grid, haircutText, list } from "../text/layout.ts";

export const showMarket = (options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const status = await chain.status();
    const [slots, vaults, haircutPpb, insuranceMicroUsd, halt] = await Promise.all([
      chain.slots(),
      chain.vaults(),
      chain.haircutPpb(),
      chain.desk.insuranceMicroUsd(),
      readHalt(chain),
    ]);
    const [haltRows, named] = await Promise.all([
      describeHalt(chain, status, halt),
      Promise.all(vaults.map(async (vault) => ({ vault, name: await chain.vault(vault).name() }))),
    ]);
    const waitsFor = await describeWait(chain, status, named);
    const instruments = slots.flatMap((info, slot) => (info ? [{ slot, name: instrumentName(info) }] : []));
    const about = { waitsFor, ...(halt === undefined ? {} : { halt }), haircutPpb, insuranceMicroUsd };
    print(options.json, { ...status, ...about, instruments, vaults }, () =>
      [
        list([
          ["market", chain.deployment.market],
          ["profile", chain.deployment.profile],
          ["epoch", status.epoch],
          ["phase", `${status.phase}, until ${instant(status.deadlineAt)} (now ${instant(status.now)})`],
          ["waits for", waitsFor],
          ...haltRows,
          ["insurance account", usd(insuranceMicroUsd)],
          ["haircut", haircutText(haircutPpb)],
          ["instruments", `${instruments.map(({ name }) => name).join(", ")} (tacit market list)`],
        ]),
        "",
        ...named.map(({ vault, name }) => `  vault ${vault}  ${name}`),
      ].join("\n"),
    );
  });

/** Whom or what the epoch waits for. */
async function describeWait(
  chain: MarketChain,
  { epoch, phase, now, deadlineAt }: MarketStatus,
  vaults: readonly { vault: string; name: string }[],
): Promise<string> {
  const isOver = now > deadlineAt;
  switch (phase) {
    case "await snapshot":
      return `a snapshot of epoch ${epoch + 1} that ${count(await chain.quorum(), "reporter")} must sign${isOver ? ", which is late: a keeper halts the market" : ""}`;
    case "submit": {
      if (isOver) return "a keeper, to close it: the window is over";
      const submitted = new Set((await chain.submissions({ epoch })).map(({ vault }) => vault));
      const records = await Promise.all(vaults.map(({ vault }) => chain.vaultRecord(vault)));
      const missing = vaults.filter(
        ({ vault }, i) => !submitted.has(vault) && ["active", "challenged"].includes(records[i]!.status),
      );
      return missing.length === 0
        ? "a keeper, to close it: every vault is in"
        : `the submission of ${missing.map(({ vault, name }) => `${name} (${vault})`).join(", ")}`;
    }
    case "clear": {
      const groups = (await chain.pendingGroups()).join(", ");
      return isOver
        ? `a keeper, to let group ${groups} lapse: the window is over`
        : `members and a keeper, to open and clear group ${groups}`;
    }
  }
}

const HALTED_BY: Readonly<Record<HaltReason, string>> = {
  breaker: "a breaker, because prices moved too far too fast",
  "no snapshot": "a snapshot that did not come in time",
  guardian: "the guardian's hand",
};

/** Since when and why the market is halted, and how it goes on: docs/contracts.md. */
async function describeHalt(
  chain: MarketChain,
  { epoch, openedHalted, observedAt }: MarketStatus,
  halt: HaltRecord | undefined,
): Promise<[string, string][]> {
  if (halt === undefined)
    return [
      [
        "halted",
        openedHalted
          ? `no longer: epoch ${epoch} opened halted and takes no orders, the next one does unless a breaker trips again`
          : "no",
      ],
    ];
  const { haltedAt, reasons, trips, openedSince, resumableAt } = halt;
  const [slots, { moveWindowSeconds }] = await Promise.all([chain.slots(), chain.oracle.limits()]);
  const drained = trips
    .filter((trip) => trip.check === "move" && trip.epoch === epoch)
    .map((trip) => drainedAt(trip, observedAt, Number(moveWindowSeconds)));
  const anybody = `from ${instant(resumableAt)} on anybody may end it (tacit market resume), governance at once`;
  const next = reasons.includes("guardian")
    ? `not by itself: keepers leave the guardian's halts alone; ${anybody}`
    : !openedSince
      ? `keepers end it when a snapshot has come, whose epoch takes no orders; ${anybody}`
      : `keepers end it; ${anybody}. The next epoch takes orders unless a breaker trips again${drained.length === 0 ? "" : `; at standing prices none does from ${instant(Math.max(...drained))} on`}`;
  return [
    ["halted", `since ${instant(haltedAt)} by ${reasons.map((reason) => HALTED_BY[reason]).join(", and by ")}`],
    ...trips.map((trip): [string, string] => [
      "",
      describeTrip(trip, (slot) => (slots[slot] ? instrumentName(slots[slot]) : undefined)),
    ]),
    ["until", next],
  ];
}

/** Lets orders in again. @throws TacitError `NOT_HALTED`, `COOLING_DOWN`, `STEP_REVERTED` */
export const resumeMarket = (options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const [halt, { now }] = await Promise.all([readHalt(chain), chain.status()]);
    if (halt === undefined) throw new TacitError("NOT_HALTED", "the market is not halted: there is nothing to resume");
    const { hash } = await sendStep(
      chain.market.connect(signerOf(StateFolder.existing(options.state), chain)),
      "resume",
      [],
    ).catch((error: unknown) => {
      throw now < halt.resumableAt && error instanceof TacitError && error.code === "STEP_REVERTED"
        ? new TacitError(
            "COOLING_DOWN",
            `the market cools down: anybody may resume it from ${instant(halt.resumableAt)} on, before that only governance (it is ${instant(now)})`,
          )
        : error;
    });
    print(
      options.json,
      { resumed: true, transactionHash: hash },
      () =>
        "the halt is over: the next epoch takes orders unless a breaker trips again; a running one stays as it was opened",
    );
  });

const HALTED = "the market is halted and takes no orders: tacit market show says why, and until when";

export const listSlots = (options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const [slots, { halted }] = await Promise.all([readSlots(chain), chain.status()]);
    print(options.json, { slots, halted }, () => [slotLines(slots), ...(halted ? ["", HALTED] : [])].join("\n"));
  });

const slotLines = (slots: readonly SlotState[]): string =>
  grid([
    [
      "slot",
      "group",
      "instrument",
      "venue",
      "position",
      "mark a lot",
      "carry index",
      "expires",
      "margin equity",
      "needed",
      "health",
      "a lot is",
    ],
    ...slots.map(
      ({ slot, group, name, kind, venue, lot, positionLots, markMicroUsd, carryIndexMicroUsd, expiresAt, account }) => [
        String(slot),
        String(group),
        name,
        venue,
        count(positionLots, "lot"),
        markMicroUsd === undefined ? "none yet" : usd(markMicroUsd),
        usd(carryIndexMicroUsd, 6),
        expiresAt === undefined ? "" : instant(expiresAt),
        ...(kind === "spot"
          ? ["", "", ""]
          : account === undefined
            ? ["silent", "", ""]
            : [
                usd(account.equityMicroUsd),
                usd(account.maintenanceMicroUsd),
                account.healthBps === undefined ? "nothing needed" : percent(Number(account.healthBps / 100n) / 100, 0),
              ]),
        kind === "spot" ? `${Number(lot).toPrecision(4)} ${name}` : `${Number(lot).toPrecision(4)} of it`,
      ],
    ),
  ]);
