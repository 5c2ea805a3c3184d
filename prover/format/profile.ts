import { HEADER, MANDATE, PROFILES, SECTIONS, SLOT } from "../../circuits/format.ts";
import type { ProfileName, WordFormat } from "../../circuits/format.ts";
import { allSizes, sectionWordNames } from "../../circuits/format/layout.ts";
import type { AllSizes, SectionName } from "../../circuits/format/layout.ts";
import { ProverError } from "../base/errors.ts";

export type { ProfileName, SectionName };

/** The sizes a verification key is made for, docs/protocol.md §1, and where each word of its transcript stands. */
export interface Profile {
  readonly name: ProfileName;
  /** All of them by the names of `circuits/format.ts`. */
  readonly sizes: AllSizes;
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

export interface Section {
  readonly first: number;
  readonly count: number;
}

type NameOf<Words extends readonly WordFormat[]> = Words[number]["name"];
const namesOf = <const Words extends readonly WordFormat[]>(words: Words): readonly NameOf<Words>[] =>
  words.map(({ name }) => name);

export const HEADER_FIELDS = namesOf(HEADER);
export const MANDATE_FIELDS = namesOf(MANDATE);
/** Words of a slot after its row words. */
export const SNAPSHOT_FIELDS = namesOf(SLOT);
type Reported = Extract<(typeof SLOT)[number], { from: "reporters" }>;
/** What reporters sign of them; the rest the chain fills in. */
export const REPORTED_FIELDS = namesOf(
  SLOT.filter((word): word is Reported => "from" in word && word.from === "reporters"),
);

function makeProfile(name: ProfileName): Profile {
  const sizes = allSizes(PROFILES[name].sizes);
  const sections: Partial<Record<SectionName, Section>> = {};
  const wordNames: string[] = [];
  for (const section of SECTIONS) {
    const names = sectionWordNames(section, sizes);
    sections[section.name] = { first: wordNames.length, count: names.length };
    wordNames.push(...names);
  }
  const found = sections as Record<SectionName, Section>;
  return Object.freeze({
    name,
    sizes,
    slots: sizes.N,
    groups: sizes.U,
    scenarios: sizes.S,
    members: sizes.M,
    orderDegree: sizes.T_ORDER,
    bookDegree: sizes.T_BOOK,
    groupSlots: sizes.N / sizes.U,
    rowWords: sizes.RW,
    positionWords: sizes.PW,
    orderWords: sizes.OW,
    bookWords: sizes.BW,
    payloadWords: found.payload.count,
    sections: found,
    wordNames,
  });
}

/** What a market runs first: messages name them in this order. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  standard: makeProfile("standard"),
  small: makeProfile("small"),
};

export const groupOfSlot = (profile: Profile, slot: number): number => Math.floor(slot / profile.groupSlots);

const groupsOf = new WeakMap<Profile, readonly (readonly number[])[]>();

/** The slots of a group, in order. Looked up once: decisions ask for them hundreds of times. */
export function slotsOfGroup(profile: Profile, group: number): readonly number[] {
  let groups = groupsOf.get(profile);
  if (groups === undefined) {
    groups = Array.from({ length: profile.groups }, (_, g) =>
      Array.from({ length: profile.groupSlots }, (__, s) => g * profile.groupSlots + s),
    );
    groupsOf.set(profile, groups);
  }
  return groups[group]!;
}

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
