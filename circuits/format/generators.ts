/**
 * The fixed points of the order commitments, derived in the open.
 *
 * `C_g = Σ (Δ_i + 2^31)·G_i + ρ_g·H` binds only if nobody knows a discrete logarithm between any two of
 * `G_0 … G_15, H`. So each is hashed from a tag that names it and nothing else:
 *
 *   for counter = 0, 1, 2, …
 *     y  = sha512("tacit/1/generator/" ‖ name ‖ "/" ‖ counter) as a 512-bit big-endian integer, mod r
 *     x² = (1 − y²) / (a − d·y²);  no square root: next counter
 *     P  = 8·(x, y) with x the even root of the two;  P the identity: next counter
 *
 * The 512 bits make the bias of the reduction below 2^-257; the multiplication by the cofactor 8 puts the point in
 * the subgroup of prime order l. `name` is "G_0" … "G_15" and "H"; `counter` is decimal. The curve is BabyJubJub in
 * circomlib's chart: a·x² + y² = 1 + d·x²·y², a = 168700, d = 168696.
 *
 * `npm run generate` writes them to circuits/lib/generators.circom and contracts/curve/Generators.sol.
 */
import { inverse, mod, power } from "./field.ts";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { FIELD_ORDER as r, PROFILES } from "../format.ts";

/** An affine point, coordinates in [0, r). */
export type GeneratorPoint = readonly [x: bigint, y: bigint];

/** Most slots any profile has: one generator each. */
const GENERATOR_COUNT = Math.max(...Object.values(PROFILES).map(({ sizes }) => sizes.N));

const A = 168700n;
const D = 168696n;

/** circomlib's base point of the prime subgroup. */
export const BASE8: GeneratorPoint = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
];

/** The even one of the two square roots of `a` in [0, r), or undefined if there is none (Tonelli–Shanks). */
function evenSquareRoot(a: bigint): bigint | undefined {
  if (power(a, (r - 1n) / 2n) !== 1n) return undefined;
  let odd = r - 1n;
  let twos = 0;
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  let nonResidue = 2n;
  while (power(nonResidue, (r - 1n) / 2n) === 1n) nonResidue++;
  let c = power(nonResidue, odd);
  let t = power(a, odd);
  let root = power(a, (odd + 1n) / 2n);
  for (let m = twos; t !== 1n; ) {
    let i = 0;
    for (let s = t; s !== 1n; s = (s * s) % r) i++;
    const b = power(c, 1n << BigInt(m - i - 1));
    m = i;
    c = (b * b) % r;
    t = (t * c) % r;
    root = (root * b) % r;
  }
  return root % 2n === 0n ? root : r - root;
}

function double([x, y]: GeneratorPoint): GeneratorPoint {
  const k = mod(D * x * x * y * y);
  return [mod(2n * x * y * inverse(1n + k)), mod((y * y - A * x * x) * inverse(1n - k))];
}

function hashToCurve(name: string): GeneratorPoint {
  for (let counter = 0; ; counter++) {
    const digest = bytesToHex(sha512(utf8ToBytes(`tacit/1/generator/${name}/${counter}`)));
    const y = BigInt(`0x${digest}`) % r;
    const x = evenSquareRoot(mod((1n - y * y) * inverse(A - D * y * y)));
    if (x === undefined) continue;
    const point = double(double(double([x, y])));
    if (point[0] !== 0n || point[1] !== 1n) return point;
  }
}

/** `G_0 … G_15`: one base per slot. */
export const G: readonly GeneratorPoint[] = Array.from({ length: GENERATOR_COUNT }, (_, i) => hashToCurve(`G_${i}`));

/** The base of the blinding. */
export const H: GeneratorPoint = hashToCurve("H");

/** lib/generators.circom */
export function generatorsCircom(): string {
  const table = G.map(([x, y]) => `        [${x},\n         ${y}]`).join(",\n");
  return `pragma circom 2.2.0;

// Written by \`npm run generate\`, which derives the points (circuits/format/generators.ts): do not edit.

// Base of slot i in the order commitments.
function SLOT_GENERATOR(i) {
    var G[${G.length}][2] = [
${table}
    ];
    return G[i];
}

// Base of the blinding in the order commitments.
function BLINDING_GENERATOR() {
    return [${H[0]},
            ${H[1]}];
}

// circomlib's base point of the prime subgroup: base of member keys and of the ephemeral key.
function BASE8() {
    return [${BASE8[0]},
            ${BASE8[1]}];
}
`;
}

/** contracts/curve/Generators.sol */
export function generatorsSolidity(): string {
  const hex = (v: bigint): string => `0x${v.toString(16).padStart(64, "0")}`;
  const cases = [...G, H].map(
    ([x, y], i) => `        if (i == ${i}) {
            return (
                ${hex(x)},
                ${hex(y)}
            );
        }`,
  );
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// Written by \`npm run generate\`, which derives the points (circuits/format/generators.ts): do not edit.

/// The bases of the order commitments on BabyJubJub (a = 168700, d = 168696), affine, in the prime subgroup.
library Generators {
    error NoSuchGenerator(uint256 i);

    /// Index of the blinding's base; 0 … ${G.length - 1} are the slots'.
    uint256 internal constant H = ${G.length};

    /// @param i slot, or \`H\`
    function point(uint256 i) internal pure returns (uint256 x, uint256 y) {
${cases.join("\n")}
        revert NoSuchGenerator(i);
    }
}
`;
}
