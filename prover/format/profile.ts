import { ProverError } from "../base/errors.ts";

/** The sizes a verification key is made for, docs/protocol.md §1, and where each word of its transcript stands. */
export interface Profile {
  readonly name: "standard" | "small";
  /** N */
  readonly slots: number;
  /** U */
  readonly groups: number;
  /** S */
  readonly scenarios: number;
  /** M */
  readonly members: number;
  /** T_ORDER: orders and ρ open with one member more. */
  readonly orderDegree: number;
  /** T_BOOK: the book key opens with one member more. */
  readonly bookDegree: number;
  /** N/U; slot i belongs to group floor(i / (N/U)). */
  readonly groupSlots: number;
  /** RW, row words of a slot */
  readonly rowWords: number;
  /** PW */
  readonly positionWords: number;
  /** OW */
  readonly orderWords: number;
  /** BW */
  readonly bookWords: number;
  /** M(2U + 1) + BW */
  readonly payloadWords: number;
  /** Where each part of the transcript starts and how many words it has. */
  readonly sections: Readonly<Record<SectionName, Section>>;
  /** The name of every word, in order: "header.nav", "snapshot.slot[2].carryIndex", "payload.member[1].rhoShare[0]". */
  readonly wordNames: readonly string[];
}

export type ProfileName = Profile["name"];
export type SectionName =
  | "header"
  | "orderCommitments"
  | "ephemeral"
  | "mandate"
  | "snapshot"
  | "settle"
  | "committeeKeys"
  | "payload";

export interface Section {
  readonly first: number;
  readonly count: number;
}

export const HEADER_FIELDS = [
  "chainId",
  "market",
  "vault",
  "epoch",
  "snapshotHash",
  "oldCommitment",
  "newCommitment",
  "cashFlow",
  "redeemShares",
  "outflow",
  "dealing",
  "nav",
  "insolvent",
  "halted",
  "strategyCommitment",
  "cashWanted",
] as const;

export const MANDATE_FIELDS = [
  "deltaBps",
  "gammaBps",
  "vegaBps",
  "concentrationBps",
  "participationBps",
  "grossBps",
  "netBps",
  "cashFloorBps",
  "turnoverBps",
  "initialMarginBps",
  "maintenanceMarginBps",
  "breachEpochs",
] as const;

/** Words of a slot after its row words. */
export const SNAPSHOT_FIELDS = ["carryIndex", "notional", "slip", "contingency", "liquidity", "positionCap"] as const;
/** What reporters sign of them; the rest the chain fills in. */
export const REPORTED_FIELDS = ["notional", "slip", "contingency", "liquidity"] as const;
export const SETTLE_FIELDS = ["debit", "charge", "exitIndex"] as const;

type Sizes = Pick<Profile, "name" | "slots" | "groups" | "scenarios" | "members" | "orderDegree" | "bookDegree">;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const members = (n: number): number[] => range(n).map((i) => i + 1);

function makeProfile(sizes: Sizes): Profile {
  const { slots, groups, scenarios } = sizes;
  const rowWords = Math.ceil((4 + scenarios) / 5);
  const positionWords = Math.ceil(slots / 6);
  const orderWords = Math.ceil(slots / 7);
  const bookWords = positionWords + orderWords + 2;
  const point = (name: string): string[] => [`${name}.x`, `${name}.y`];

  const names: Record<SectionName, string[]> = {
    header: HEADER_FIELDS.map((field) => `header.${field}`),
    orderCommitments: range(groups).flatMap((g) => point(`orderCommitments[${g}]`)),
    ephemeral: point("ephemeral"),
    mandate: MANDATE_FIELDS.map((field) => `mandate.${field}`),
    snapshot: [
      ...range(slots).flatMap((i) => [
        ...range(rowWords).map((w) => `snapshot.slot[${i}].rows[${w}]`),
        ...SNAPSHOT_FIELDS.map((field) => `snapshot.slot[${i}].${field}`),
      ]),
      "snapshot.slotFlags",
      "snapshot.signals",
      "snapshot.correlations",
    ],
    settle: [
      "settle.flags",
      ...range(slots).flatMap((i) => SETTLE_FIELDS.map((field) => `settle.slot[${i}].${field}`)),
    ],
    committeeKeys: members(sizes.members).flatMap((j) => point(`committeeKeys[${j}]`)),
    payload: [
      ...members(sizes.members).flatMap((j) => [
        ...range(groups).map((g) => `payload.member[${j}].orderShare[${g}]`),
        ...range(groups).map((g) => `payload.member[${j}].rhoShare[${g}]`),
        `payload.member[${j}].bookKeyShare`,
      ]),
      ...range(bookWords).map((w) => `payload.book[${w}]`),
    ],
  };
  let first = 0;
  const sections = Object.fromEntries(
    Object.entries(names).map(([name, { length: count }]) => {
      const section: Section = { first, count };
      first += count;
      return [name, section];
    }),
  ) as Record<SectionName, Section>;

  return Object.freeze({
    ...sizes,
    groupSlots: slots / groups,
    rowWords,
    positionWords,
    orderWords,
    bookWords,
    payloadWords: names.payload.length,
    sections,
    wordNames: Object.values(names).flat(),
  });
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  standard: makeProfile({
    name: "standard",
    slots: 16,
    groups: 4,
    scenarios: 23,
    members: 5,
    orderDegree: 2,
    bookDegree: 3,
  }),
  small: makeProfile({ name: "small", slots: 4, groups: 2, scenarios: 4, members: 3, orderDegree: 1, bookDegree: 2 }),
};

export const groupOfSlot = (profile: Profile, slot: number): number => Math.floor(slot / profile.groupSlots);

/** The slots of a group, in order. */
export const slotsOfGroup = (profile: Profile, group: number): number[] =>
  range(profile.groupSlots).map((s) => group * profile.groupSlots + s);

/**
 * Index of a word by its name.
 * @throws ProverError `out-of-range` for a name that is no word of the profile
 */
export function wordIndex(profile: Profile, name: string): number {
  const index = profile.wordNames.indexOf(name);
  if (index < 0) throw new ProverError("out-of-range", `the ${profile.name} transcript has no word "${name}"`);
  return index;
}

/** "word 47: snapshot.slot[2].carryIndex", for messages. */
export const describeWord = (profile: Profile, index: number): string =>
  `word ${index}: ${profile.wordNames[index] ?? "beyond the transcript"}`;
