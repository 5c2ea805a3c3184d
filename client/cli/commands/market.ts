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
import { grid, haircutText, instant, list, usd } from "../text/format.ts";

export const showMarket = (options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const status = await chain.status();
    const [slots, vaults, haircutPpb, insuranceMicroUsd, halt] = await Promise.all([
      readSlots(chain),
      chain.vaults(),
      chain.haircutPpb(),
      chain.desk.insuranceMicroUsd(),
      readHalt(chain),
    ]);
    const haltRows = await describeHalt(chain, status, halt);
    print(
      options.json,
      { ...status, ...(halt === undefined ? {} : { halt }), haircutPpb, insuranceMicroUsd, slots, vaults },
      () =>
        [
          list([
            ["market", chain.deployment.market],
            ["profile", chain.deployment.profile],
            ["epoch", status.epoch],
            ["phase", `${status.phase}, until ${instant(status.deadline)} (now ${instant(status.now)})`],
            ...haltRows,
            ["insurance account", usd(insuranceMicroUsd)],
            ["haircut", haircutText(haircutPpb)],
          ]),
          "",
          slotLines(slots),
          "",
          ...vaults.map((vault) => `  vault ${vault}`),
        ].join("\n"),
    );
  });

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
  const { since, reasons, trips, openedSince, resumableAt } = halt;
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
    ["halted", `since ${instant(since)} by ${reasons.map((reason) => HALTED_BY[reason]).join(", and by ")}`],
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
      { resumed: true, transaction: hash },
      () =>
        "the halt is over: the next epoch takes orders unless a breaker trips again; a running one stays as it was opened",
    );
  });

export const listSlots = (options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const slots = await readSlots(chain);
    print(options.json, { slots }, () => slotLines(slots));
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
    ],
    ...slots.map(
      ({ slot, group, name, kind, venue, positionLots, markMicroUsd, carryIndexMicroUsd, expiry, account }) => [
        String(slot),
        String(group),
        name,
        venue,
        `${positionLots} lots`,
        markMicroUsd === undefined ? "none yet" : usd(markMicroUsd),
        usd(carryIndexMicroUsd),
        expiry === undefined ? "" : instant(expiry),
        ...(kind === "spot"
          ? ["", "", ""]
          : account === undefined
            ? ["silent", "", ""]
            : [
                usd(account.equityMicroUsd),
                usd(account.maintenanceMicroUsd),
                account.healthBps === undefined ? "nothing needed" : `${Number(account.healthBps / 100n)} %`,
              ]),
      ],
    ),
  ]);
