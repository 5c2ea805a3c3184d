// The contracts' side of the format: contracts/format/Format.sol.

import {
  BPS,
  FEATURES,
  FIELD_ORDER,
  HEADER,
  laneOffset,
  lanesPerWord,
  MANDATE,
  MISC_LANES,
  OPTION_SLOTS,
  OPTION_TOLERANCE_BPS,
  ORDER_LANE,
  POSITION_LANE,
  PRICE_BITS,
  PRICE_TOLERANCE_BPS,
  PROFILES,
  ROW_BITS,
  ROW_LANE,
  ROW_LANES,
  SECTIONS,
  SETTLE_SLOT,
  SIGNAL_LANES,
  SLOT,
  VAULT_BITS,
} from "../format.ts";
import type { LaneFormat, SectionFormat, WordFormat } from "../format.ts";
import { constantName, countFormula, allSizes } from "./layout.ts";
import { poseidonCodeHash } from "./poseidon.ts";

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const constant = (name: string, value: number | string): string => `uint256 constant ${name} = ${value};`;

/** The place of each word among those of its part. */
const offsets = (prefix: string, words: readonly WordFormat[]): string[] =>
  words.map(({ name }, k) => constant(`${prefix}_${constantName(name)}`, k));

const reported = SLOT.filter((word: WordFormat) => word.from === "reporters");

const section = (name: SectionFormat["name"]): SectionFormat => SECTIONS.find((one) => one.name === name)!;
/** Words of the snapshot after those of the slots. */
const snapshotTail = section("snapshot").entries.slice(1) as readonly WordFormat[];

function miscLanes(): string[] {
  let at = 0;
  return MISC_LANES.flatMap((lane: LaneFormat & { readonly name: string }) => {
    const name = `BOOK_${constantName(lane.name)}`;
    const own = [
      constant(`${name}_AT`, at),
      ...(lane.signed ? [constant(`${name}_OFFSET`, `1 << ${lane.bits - 1}`)] : []),
    ];
    at += lane.width ?? lane.bits;
    return own;
  });
}

const SIZE: Readonly<Record<string, string>> = {
  N: "slots",
  U: "groups",
  M: "members",
  RW: "rowWords(scenarios)",
  BW: "bookWords(slots)",
};
const count = (...names: readonly string[]): string =>
  countFormula(
    names.flatMap((name) => section(name).entries),
    { size: (name) => SIZE[name]!, times: " * " },
  );

/** `largest` of each row of the mandate: one line for each value, the most frequent last. */
function mandateBounds(): string {
  const largest = (word: WordFormat): string => (word.max === undefined ? `(1 << ${word.bits}) - 1` : "BPS");
  const rows = new Map<string, string[]>();
  for (const word of MANDATE) {
    const names = rows.get(largest(word)) ?? [];
    rows.set(largest(word), [...names, `row == MANDATE_${constantName(word.name)}`]);
  }
  const [[common], ...others] = [...rows].toSorted(([, a], [, b]) => b.length - a.length) as [
    [string, string[]],
    ...[string, string[]][],
  ];
  const lines = others.map(([value, conditions]) => {
    const line = `        if (${conditions.join(" || ")}) return ${value};`;
    return line.length <= 120
      ? line
      : `        if (\n            ${conditions.join(" ||\n            ")}\n        ) return ${value};`;
  });
  return [...lines, `        return ${common};`].join("\n");
}

/** Four bits a slot, the first asset's lowest. */
const packedSlots = (slots: readonly number[]): string =>
  hex(slots.reduceRight((packed, slot) => (packed << 4n) | BigInt(slot), 0n));

function sleeves(): string {
  const lines = Object.values(PROFILES).map(
    ({ sizes, sleeveSlots }) =>
      `        if (slots == ${sizes.N}) return (${packedSlots(sleeveSlots)}, ${sleeveSlots.length});`,
  );
  return lines.join("\n");
}

function poseidonCodeHashes(): string {
  const lines = Object.values(PROFILES).map(
    ({ sizes }) => `        if (slots == ${sizes.N}) return ${poseidonCodeHash(allSizes(sizes).BW)};`,
  );
  return lines.join("\n");
}

export function soliditySource(): string {
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// Written by \`npm run generate\` from circuits/format.ts: do not edit. docs/protocol.md, sections 1 to 3.

// Order of the BN254 scalar field: words and proof signals are below it.
${constant("FIELD", FIELD_ORDER.toString())}

// 100 % in basis points.
${constant("BPS", BPS.toString())}
// How far a reporter lets another's price of spot or perp, and value of an option, be from its own and still signs.
${constant("PRICE_TOLERANCE_BPS", PRICE_TOLERANCE_BPS.toString())}
${constant("OPTION_TOLERANCE_BPS", OPTION_TOLERANCE_BPS.toString())}

// Sums over this many vaults stay unique: order words in their lanes, order commitments below the field.
${constant("MAX_VAULTS", `1 << ${VAULT_BITS}`)}

// Exclusive bounds.
${constant("ORDER_BOUND", `1 << ${ORDER_LANE.bits - 1}`)}
${constant("POSITION_BOUND", `1 << ${POSITION_LANE.bits - 1}`)}
${constant("NAV_BOUND_MICRO_USD", `1 << ${MISC_LANES.find(({ name }) => name === "nav")!.bits - 1}`)}
${constant("VALUE_BOUND_MICRO_USD", `1 << ${PRICE_BITS}`)}
${constant("EXIT_BOUND_MICRO_USD", `1 << ${SETTLE_SLOT.find(({ name }) => name === "exitIndex")!.bits}`)}
// Bounds a row of a lot, and the sums of rows, notional, slip and contingency over a group at its caps.
${constant("ROW_BOUND", `1 << ${ROW_BITS}`)}

// Words of the header, and where each stands.
${constant("HEADER_WORDS", HEADER.length)}
${offsets("HEADER", HEADER).join("\n")}

// Words of the mandate.
${constant("MANDATE_WORDS", MANDATE.length)}
${offsets("MANDATE", MANDATE).join("\n")}

// Words of a slot in the stored snapshot after its row words.
${constant("SLOT_EXTRA_WORDS", SLOT.length)}
${offsets("SLOT", SLOT).join("\n")}

// Those of them that reporters sign.
${constant("REPORTED_EXTRA_WORDS", reported.length)}
${offsets("REPORTED", reported).join("\n")}

// Words of the snapshot after the slots'; reporters sign the last of them.
${constant("SNAPSHOT_TAIL_WORDS", snapshotTail.length)}
${offsets("TAIL", snapshotTail).join("\n")}
${constant("SIGNAL_WORDS", Object.keys(SIGNAL_LANES).length)}

// Words of a slot in the settle part, after its flags.
${constant("SETTLE_SLOT_WORDS", SETTLE_SLOT.length)}
${offsets("SETTLE", SETTLE_SLOT).join("\n")}

// Lanes of a row word, and those of a slot before its stress scenarios.
${constant("LANE_BITS", ROW_LANE.bits)}
// Half of a lane's range makes what it holds non-negative. Literals, since assembly takes no other constants.
${constant("LANE_MASK", hex((1n << BigInt(ROW_LANE.bits)) - 1n))}
${constant("LANE_OFFSET", hex(laneOffset(ROW_LANE)))}
${constant("LANES_PER_WORD", lanesPerWord(ROW_LANE))}
${constant("PLAIN_LANES", ROW_LANES.length)}
${ROW_LANES.map((name, k) => constant(`LANE_${constantName(name)}`, k)).join("\n")}

// The book: positions, orders, a word of the rest, a salt. A signed field stands with its offset added.
${constant("POSITION_LANE_BITS", POSITION_LANE.bits)}
${constant("POSITIONS_PER_WORD", lanesPerWord(POSITION_LANE))}
${constant("ORDER_LANE_BITS", ORDER_LANE.bits)}
${constant("ORDERS_PER_WORD", lanesPerWord(ORDER_LANE))}
${miscLanes().join("\n")}

// Lanes of the two words of signals.
${constant("FEATURES", FEATURES.length)}
${[...SIGNAL_LANES.signals, ...SIGNAL_LANES.correlations]
  .map(({ name, bits }) => constant(`${constantName(name)}_BITS`, bits))
  .join("\n")}

/// What the format says at a market's sizes.
library Format {
    /// Row words of a slot.
    function rowWords(uint256 scenarios) internal pure returns (uint256) {
        return _ceilDiv(PLAIN_LANES + scenarios, LANES_PER_WORD);
    }

    function positionWords(uint256 slots) internal pure returns (uint256) {
        return _ceilDiv(slots, POSITIONS_PER_WORD);
    }

    function bookWords(uint256 slots) internal pure returns (uint256) {
        return positionWords(slots) + _ceilDiv(slots, ORDERS_PER_WORD) + 2;
    }

    /// The stored snapshot.
    function snapshotWords(uint256 slots, uint256 scenarios) internal pure returns (uint256) {
        return ${count("snapshot")};
    }

    function settleWords(uint256 slots) internal pure returns (uint256) {
        return ${count("settle")};
    }

    /// First word of slot \`i\` in the settle part: its flags come before.
    function settleSlot(uint256 i) internal pure returns (uint256) {
        return 1 + SETTLE_SLOT_WORDS * i;
    }

    /// What a submission brings beside its words of the header: order commitments, ephemeral key, payload.
    function sealedWords(uint256 slots, uint256 groups, uint256 members) internal pure returns (uint256) {
        return ${count("orderCommitments", "ephemeral", "payload")};
    }

    function transcriptWords(
        uint256 slots,
        uint256 groups,
        uint256 scenarios,
        uint256 members
    ) internal pure returns (uint256) {
        return
            HEADER_WORDS +
            MANDATE_WORDS +
            snapshotWords(slots, scenarios) +
            settleWords(slots) +
            ${count("committeeKeys")} +
            sealedWords(slots, groups, members);
    }

    /// The largest value of a row of the mandate that the circuit relies on.
    function mandateBound(uint256 row) internal pure returns (uint256) {
${mandateBounds()}
    }

    /// Whether slot \`i\` is an option's place: one of the last of every group of ${OPTION_SLOTS.ofGroup}.
    function isOptionSlot(uint256 i, uint256 groupSlots) internal pure returns (bool) {
        return groupSlots == ${OPTION_SLOTS.ofGroup} && i % ${OPTION_SLOTS.ofGroup} >= ${OPTION_SLOTS.first};
    }

    /// Slots of the sleeve's assets, four bits each from the lowest.
    function sleeve(uint256 slots) internal pure returns (uint256 packed, uint256 assets) {
${sleeves()}
    }

    /// keccak256 of the code that holds the constants of Poseidon over the words of a book (curve/Poseidon.sol).
    function poseidonCodeHash(uint256 slots) internal pure returns (bytes32) {
${poseidonCodeHashes()}
        return 0;
    }

    function _ceilDiv(uint256 a, uint256 b) private pure returns (uint256) {
        return (a + b - 1) / b;
    }
}
`;
}
