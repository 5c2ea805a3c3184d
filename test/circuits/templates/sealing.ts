import { BASE8, G, H } from "../../../circuits/format/generators.ts";
import { addPoints, multiplyPoint, SUBGROUP_ORDER, sumOfMultiples } from "../../../prover/crypto/curve.ts";
import type { Point } from "../../../prover/crypto/curve.ts";
import { FIELD_ORDER, inverse, toWord } from "../../../prover/base/field.ts";
import { poseidon, poseidonEx } from "../../../prover/crypto/poseidon.ts";
import { bit, integer, list, natural, word, wrap } from "./template.ts";
import type { TemplateCases, Values } from "./template.ts";

const curve = "lib/curve.circom";
const seal = "lib/sealing.circom";
const bits = (x: bigint, count: number): bigint[] => Array.from({ length: count }, (_, i) => (x >> BigInt(i)) & 1n);
const point = (name: string, [x, y]: Point): Values => ({ [`${name}_x`]: x, [`${name}_y`]: y });
const xy = (name: string) => ({ [`${name}.x`]: word, [`${name}.y`]: word });
const out = ["out.x", "out.y"];
const multiple = (k: bigint): Point => multiplyPoint(k, BASE8);

const fixed = (call: string, size: number, base: Point, scalars: readonly bigint[]): TemplateCases => ({
  file: curve,
  template: "FixedBase",
  main: wrap(seal, call, { bits: list(size, bit) }, out),
  accepts: scalars.map((k) => ({
    why: `${k} in ${size} bits`,
    inputs: { bits: bits(k, size) },
    outputs: [...(k === 0n ? [0n, 1n] : multiplyPoint(k, base))],
  })),
  refuses: [],
});

const key = multiple(1_234_567_890_123_456_789n);

/** k = 2^(n-1) + 2·middle + 1 */
const odd = (n: number, middle: bigint): bigint => (1n << BigInt(n - 1)) + 2n * middle + 1n;
const oddMultiple = (n: number, middles: readonly bigint[]): TemplateCases => ({
  file: curve,
  template: "OddMultiple",
  main: wrap(curve, `OddMultiple(${n})`, { bits: list(n - 2, bit), ...xy("point") }, out),
  accepts: middles.flatMap((middle) =>
    [BASE8, key].map((base) => ({
      why: `${odd(n, middle)}`,
      inputs: { bits: bits(middle, n - 2), ...point("point", base) },
      outputs: [...multiplyPoint(odd(n, middle), base)],
    })),
  ),
  refuses: [],
});

const divide = (a: bigint, b: bigint): bigint => toWord(a * inverse(b, FIELD_ORDER));
const toMontgomery = ([x, y]: Point): [bigint, bigint] => {
  const u = divide(1n + y, 1n - y);
  return [u, divide(u, x)];
};

const commitment = (a: bigint, b: bigint, rho: bigint, refused = false) => ({
  inputs: { orderBits_0: bits(a, 32), orderBits_1: bits(b, 32), refused: refused ? 1n : 0n, rhoBits: bits(rho, 240) },
  outputs: [...sumOfMultiples(refused ? [1n << 31n, 1n << 31n, rho] : [a, b, rho], [G[1]!, G[2]!, H])],
});

const header = [
  "chainId",
  "market",
  "vault",
  "epoch",
  "snapshotHash",
  "oldCommitment",
  "newCommitment",
  "cashFlow",
  "redeemShares",
  "nav",
  "insolvent",
  "strategyCommitment",
];
const CASH_WANTED = 77n;
const headerInputs: Values = {
  ...Object.fromEntries(header.map((name, i) => [`header_${name}`, BigInt(i + 11)])),
  header_outflow: 0n,
  header_dealing: 1n,
  header_halted: 0n,
  header_cashWanted: CASH_WANTED,
};
const headerKinds = {
  ...Object.fromEntries(header.map((name) => [`header.${name}`, word])),
  "header.outflow": bit,
  "header.dealing": bit,
  "header.halted": bit,
  "header.cashWanted": natural(50),
  "header.epoch": natural(32),
};
const context = (c: Point): bigint => poseidon([11n, 12n, 13n, 14n, 15n, 16n, ...c]);

const pads = (inputs: readonly bigint[], count: number): bigint[] =>
  poseidonEx([...inputs, ...Array<bigint>(11).fill(0n)], count).map((x) => x + inputs[0]!);

// Seal(2, 1, 2, 1, 2): one group of two slots, two members.
const secret = {
  order: [5n + (1n << 31n), (1n << 31n) - 7n],
  rho: (1n << 240n) - 1n,
  ephemeral: odd(250, 99n),
  bookKey: 1_000n,
  orderCoef: 21n,
  rhoCoef: 22n,
  bookKeyCoef: [23n, 24n],
};
const memberKeys = [multiple(77n), multiple(78n)];
function sealed(order: readonly bigint[] = secret.order): bigint[] {
  const C = sumOfMultiples([...order, secret.rho], [G[0]!, G[1]!, H]);
  const ctx = context(C);
  const orderWord = order[0]! + (order[1]! << 44n);
  const shares = memberKeys.flatMap((PK, i) => {
    const j = BigInt(i + 1);
    const [k0, k1] = multiplyPoint(secret.ephemeral, PK);
    const p = pads([k0, k1, ctx, j, 1n], 3);
    return [
      orderWord + secret.orderCoef * j + p[0]!,
      secret.rho + secret.rhoCoef * j + p[1]!,
      secret.bookKey + secret.bookKeyCoef[0]! * j + secret.bookKeyCoef[1]! * j * j + p[2]!,
    ];
  });
  const book = pads([secret.bookKey, ctx, 2n, 0n, 0n], 4).map((pad, w) => pad + BigInt(w + 41));
  return [...C, ...multiple(secret.ephemeral), ...shares, ...book];
}
const sealInputs: Values = {
  ...headerInputs,
  ...point("memberKeys_0", memberKeys[0]!),
  ...point("memberKeys_1", memberKeys[1]!),
  orderBits_0: bits(secret.order[0]!, 32),
  orderBits_1: bits(secret.order[1]!, 32),
  refused: 0n,
  order: secret.order.map((lane) => lane - (1n << 31n)),
  rho: [secret.rho],
  ephemeral: secret.ephemeral,
  bookKey: secret.bookKey,
  orderCoef_0: [secret.orderCoef],
  rhoCoef_0: [secret.rhoCoef],
  bookKeyCoef: secret.bookKeyCoef,
  bookWords: [41n, 42n, 43n, 44n],
};

export const sealing: readonly TemplateCases[] = [
  fixed("FixedBase(32, SLOT_GENERATOR(3))", 32, G[3]!, [
    0n,
    1n,
    2n,
    7n,
    8n,
    (1n << 31n) - 1n,
    1n << 31n,
    (1n << 31n) + 1n,
    (1n << 32n) - 2n,
    (1n << 32n) - 1n,
    0x5555_5555n,
    0xaaaa_aaaan,
  ]),
  fixed("FixedBase(240, BLINDING_GENERATOR())", 240, H, [0n, 1n, (1n << 240n) - 1n, 1n << 239n]),
  fixed("FixedBase(250, BASE8())", 250, BASE8, [
    odd(250, 0n),
    odd(250, (1n << 248n) - 1n),
    odd(250, 0x5555n << 200n),
    1n << 245n,
    1n << 246n,
    1n << 248n,
    1n << 249n,
  ]),
  {
    file: curve,
    template: "AddPoints",
    main: wrap(curve, "AddPoints()", { ...xy("a"), ...xy("b") }, out),
    accepts: (
      [
        [multiple(3n), multiple(4n)],
        [multiple(3n), multiple(3n)],
        [multiple(3n), [0n, 1n]],
        [
          [0n, 1n],
          [0n, 1n],
        ],
        [multiple(3n), multiple(SUBGROUP_ORDER - 3n)],
      ] as const
    ).map(([a, b]) => ({
      why: "two points, equal, opposite or the identity",
      inputs: { ...point("a", a), ...point("b", b) },
      outputs: [...addPoints(a, b)],
    })),
    refuses: [],
  },
  {
    file: curve,
    template: "DoubleAndAdd",
    main: wrap(curve, "DoubleAndAdd()", { acc: list(2, word), point: list(2, word), digit: word }, [["out", 2]]),
    accepts: [1n, -1n].map((digit) => ({
      why: `2·5 + ${digit}`,
      inputs: { acc: toMontgomery(multiple(5n)), point: toMontgomery(BASE8), digit },
      outputs: toMontgomery(multiple(10n + digit)),
    })),
    refuses: [],
  },
  oddMultiple(3, [0n, 1n]),
  oddMultiple(5, [0n, 1n, 5n, 7n]),
  oddMultiple(250, [0n, (1n << 248n) - 1n, 0x1234_5678_9abc_def0n << 180n]),
  {
    file: seal,
    template: "OrderCommitment",
    main: wrap(
      seal,
      "OrderCommitment(2, 1)",
      { "orderBits[0]": list(32, bit), "orderBits[1]": list(32, bit), refused: bit, rhoBits: list(240, bit) },
      out,
    ),
    accepts: [
      { why: "two amounts and a blinding", ...commitment(5n + (1n << 31n), (1n << 31n) - 7n, (1n << 239n) + 12_345n) },
      { why: "the lowest amounts, blinding 0", ...commitment(0n, 0n, 0n) },
      { why: "the largest amounts and blinding", ...commitment((1n << 32n) - 1n, (1n << 32n) - 1n, (1n << 240n) - 1n) },
      { why: "one amount", ...commitment(0n, 1n, 0n) },
      { why: "no order where it is refused", ...commitment(5n + (1n << 31n), 0n, 12_345n, true) },
    ],
    refuses: [],
  },
  {
    file: seal,
    template: "OrderCommitment",
    main: wrap(
      seal,
      "OrderCommitment(3, 0)",
      {
        "orderBits[0]": list(32, bit),
        "orderBits[1]": list(32, bit),
        "orderBits[2]": list(32, bit),
        refused: bit,
        rhoBits: list(240, bit),
      },
      out,
    ),
    accepts: [
      {
        why: "three amounts",
        inputs: {
          orderBits_0: bits(5n, 32),
          orderBits_1: bits(6n, 32),
          orderBits_2: bits(7n, 32),
          refused: 0n,
          rhoBits: bits(12_345n, 240),
        },
        outputs: [...sumOfMultiples([5n, 6n, 7n, 12_345n], [G[0]!, G[1]!, G[2]!, H])],
      },
    ],
    refuses: [],
  },
  {
    file: seal,
    template: "SealingContext",
    main: wrap(seal, "SealingContext(1)", { ...headerKinds, ...xy("orderCommitments[0]") }, ["out"]),
    accepts: [
      {
        why: "Poseidon of moment and commitments",
        inputs: { ...headerInputs, ...point("orderCommitments_0", multiple(9n)) },
        outputs: [context(multiple(9n))],
      },
    ],
    refuses: [],
  },
  {
    file: seal,
    template: "Share",
    main: wrap(seal, "Share(2, 3)", { secret: word, coef: list(2, word) }, [["out", 3]]),
    accepts: [{ why: "5 + 7j + 11j²", inputs: { secret: 5n, coef: [7n, 11n] }, outputs: [23n, 63n, 125n] }],
    refuses: [],
  },
  {
    file: seal,
    template: "Pads",
    main: wrap(seal, "Pads(3)", { inputs: list(5, word) }, [["out", 3]]),
    accepts: [
      {
        why: "the permutation with its key on top",
        inputs: { inputs: [1n, 2n, 3n, 4n, 5n] },
        outputs: pads([1n, 2n, 3n, 4n, 5n], 3),
      },
    ],
    refuses: [],
  },
  {
    file: seal,
    template: "Seal",
    main: wrap(
      seal,
      "Seal(2, 1, 2, 1, 2)",
      {
        ...headerKinds,
        ...xy("memberKeys[0]"),
        ...xy("memberKeys[1]"),
        "orderBits[0]": list(32, bit),
        "orderBits[1]": list(32, bit),
        refused: bit,
        order: list(2, integer(31)),
        rho: list(1, word),
        ephemeral: word,
        bookKey: word,
        "orderCoef[0]": list(1, word),
        "rhoCoef[0]": list(1, word),
        bookKeyCoef: list(2, word),
        bookWords: list(4, word),
      },
      [
        "orderCommitments[0].x",
        "orderCommitments[0].y",
        "ephemeralKey.x",
        "ephemeralKey.y",
        ...[0, 1].flatMap((j) => [`shares[${j}].order[0]`, `shares[${j}].rho[0]`, `shares[${j}].bookKey`]),
        ["sealedBook", 4] as const,
      ],
    ),
    accepts: [
      { why: "an order for two members", inputs: sealInputs, outputs: sealed() },
      {
        why: "no order where it is refused",
        inputs: { ...sealInputs, refused: 1n, order: [0n, 0n] },
        outputs: sealed([1n << 31n, 1n << 31n]),
      },
    ],
    refuses: [
      { why: "a blinding of 2^240", inputs: { ...sealInputs, rho: [1n << 240n] } },
      { why: "a negative blinding", inputs: { ...sealInputs, rho: [-1n] } },
      { why: "an even ephemeral scalar", inputs: { ...sealInputs, ephemeral: secret.ephemeral + 1n } },
      { why: "an ephemeral scalar below 2^249", inputs: { ...sealInputs, ephemeral: (1n << 249n) - 1n } },
      { why: "an ephemeral scalar above 2^250", inputs: { ...sealInputs, ephemeral: (1n << 250n) + 1n } },
      {
        why: "an ephemeral scalar that is the same multiple, one group order higher",
        inputs: { ...sealInputs, ephemeral: secret.ephemeral + SUBGROUP_ORDER },
      },
      { why: "no ephemeral scalar", inputs: { ...sealInputs, ephemeral: 0n } },
    ],
  },
];
