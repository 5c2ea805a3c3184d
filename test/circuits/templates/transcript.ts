import { transcriptHash } from "../../../prover/crypto/poseidon.ts";
import { list, word, wrap } from "./template.ts";
import type { TemplateCases } from "./template.ts";

const [digest, format] = ["lib/digest.circom", "lib/format.circom"] as const;
const count = (n: number, from = 1): bigint[] => Array.from({ length: n }, (_, i) => BigInt(from + i));

const sponge = (length: number): TemplateCases => ({
  file: digest,
  template: "Sponge",
  main: wrap(digest, `Sponge(${length})`, { words: list(length, word) }, ["out"]),
  accepts: [
    { why: `${length} words`, inputs: { words: count(length) }, outputs: [transcriptHash(count(length))] },
    {
      why: `${length} zeros`,
      inputs: { words: count(length).map(() => 0n) },
      outputs: [transcriptHash(count(length).map(() => 0n))],
    },
  ],
  refuses: [],
});

// N, U, S, M = 2, 1, 1, 1: 16 header words, 4 of points, 12 of the mandate, 2·7 + 3 of the snapshot, 1 + 2·3 to
// settle, 2 of the key, 3 + 4 sealed.
const WORDS = 16 + 4 + 12 + 17 + 7 + 2 + 7;
const words = count(WORDS, 100);
/**
 * Words 46 and 49: the second slot may be short, the first charges long lots; the group was filled, its second slot
 * kept.
 */
const [SLOT_FLAGS, SETTLE_FLAGS] = [46, 49];
Object.assign(words, { 9: 1n, 10: 0n, 13: 1n, [SLOT_FLAGS]: 0b0110n, [SETTLE_FLAGS]: 0b101n });
const limits = [
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
];
const paths = [
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
]
  .map((field) => `out.header.${field}`)
  .concat(
    ["orderCommitments[0].x", "orderCommitments[0].y", "ephemeral.x", "ephemeral.y"].map((path) => `out.${path}`),
    limits.map((field) => `out.mandate.${field}`),
    [0, 1].flatMap((i) =>
      ["rows[0]", "carryIndex", "notional", "slip", "contingency", "liquidity", "positionCap"].map(
        (field) => `out.instruments[${i}].${field}`,
      ),
    ),
  );
const tail = [
  "out.signals",
  "out.correlations",
  ...[0, 1].flatMap((i) => ["debit", "charge", "exitIndex"].map((field) => `out.fills[${i}].${field}`)),
  "out.memberKeys[0].x",
  "out.memberKeys[0].y",
  "out.shares[0].order[0]",
  "out.shares[0].rho[0]",
  "out.shares[0].bookKey",
];
const flags = [
  "out.instruments[0].mayBeShort",
  "out.instruments[1].mayBeShort",
  "out.instruments[0].chargesLong",
  "out.instruments[1].chargesLong",
  "out.instruments[0].longContingency",
  "out.instruments[1].longContingency",
  "out.filled[0]",
  "out.fills[0].keep",
  "out.fills[1].keep",
];
const without = (index: number, value: bigint): bigint[] => words.map((w, i) => (i === index ? value : w));

export const transcript: readonly TemplateCases[] = [
  {
    file: digest,
    template: "Evaluate",
    main: wrap(digest, "Evaluate(4)", { words: list(4, word), x: word }, ["out"]),
    accepts: [
      { why: "1 + 2·10 + 3·100 + 4·1000", inputs: { words: [1n, 2n, 3n, 4n], x: 10n }, outputs: [4321n] },
      { why: "at 0", inputs: { words: [7n, 2n, 3n, 4n], x: 0n }, outputs: [7n] },
      { why: "at -1", inputs: { words: [1n, 2n, 3n, 5n], x: -1n }, outputs: [-3n] },
    ],
    refuses: [],
  },
  sponge(1),
  sponge(15),
  sponge(16),
  {
    file: format,
    template: "TrustedNatural",
    main: wrap(format, "TrustedNatural(10)", { in: word }, ["out"]),
    accepts: [10n, 11n].map((x) => ({ why: `${x}, which nobody checks`, inputs: { in: x }, outputs: [x] })),
    refuses: [],
  },
  {
    file: format,
    template: "ReadMandate",
    main: wrap(
      format,
      "ReadMandate()",
      { words: list(limits.length, word) },
      limits.map((field) => `out.${field}`),
    ),
    accepts: [{ why: "words in their order", inputs: { words: count(limits.length) }, outputs: count(limits.length) }],
    refuses: [],
  },
  {
    file: format,
    template: "ReadTranscript",
    main: wrap(format, "ReadTranscript(2, 1, 1, 1)", { words: list(WORDS, word) }, [
      ...paths,
      ...tail,
      ["out.sealedBook", 4],
      ...flags,
    ]),
    accepts: [
      {
        why: "words in their order",
        inputs: { words },
        outputs: [
          ...words.slice(0, SLOT_FLAGS),
          ...words.slice(SLOT_FLAGS + 1, SETTLE_FLAGS),
          ...words.slice(SETTLE_FLAGS + 1),
          0n,
          1n,
          1n,
          0n,
          words[36]!,
          0n,
          1n,
          0n,
          1n,
        ],
      },
    ],
    refuses: [
      ...[9, 10, 13].map((index) => ({
        why: `2 in the place of the bit in word ${index}`,
        inputs: { words: without(index, 2n) },
      })),
      { why: "a slot flag for a third slot", inputs: { words: without(SLOT_FLAGS, 0b10000n) } },
      { why: "a settle flag beyond the last slot", inputs: { words: without(SETTLE_FLAGS, 0b1101n) } },
    ],
  },
];
