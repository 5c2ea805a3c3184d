import { createHmac } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { multiplyBase } from "../../prover/crypto/curve.ts";
import { toWord } from "../../prover/base/field.ts";
import { profiles } from "../../prover/format/profile.ts";
import { deriveBookKey, deriveRandomness } from "../../prover/crypto/randomness.ts";
import type { Moment, Randomness } from "../../prover/crypto/randomness.ts";
import { lots } from "../../prover/base/units.ts";
import { Dice } from "../support/scenario.ts";

const profile = profiles.small;
const dice = new Dice(7);
const seed = dice.bytes(32);
const moment: Moment = { chainId: 1n, market: 2n, vault: 3n, epoch: 4n, snapshotHash: 5n, oldCommitment: 6n };
const order = [1n, -2n, 0n, 3n].map(lots);
const allOf = (r: Randomness): bigint[] => [
  r.salt,
  r.ephemeral,
  r.bookKey,
  ...r.rho,
  ...r.orderCoef.flat(),
  ...r.rhoCoef.flat(),
  ...r.bookKeyCoef,
];

describe("Randomness from the owner's seed", () => {
  it("is HMAC-SHA512 over purpose, moment, content and index in 32-byte words", () => {
    const text = Buffer.concat([
      Buffer.from("tacit/1/rho".padEnd(32, "\0")),
      ...[1n, 2n, 3n, 4n, 5n, 6n, ...order, 1n].map((x) =>
        Buffer.from(toWord(x).toString(16).padStart(64, "0"), "hex"),
      ),
    ]);
    const digest = BigInt(`0x${createHmac("sha512", seed).update(text).digest("hex")}`);
    expect(deriveRandomness(profile, seed, moment, order).rho[1]).to.equal(digest % (1n << 240n));
  });

  it("is the same again for the same seed, moment and content", () => {
    expect(deriveRandomness(profile, seed, moment, order)).to.deep.equal(
      deriveRandomness(profile, Uint8Array.from(seed), { ...moment }, [...order]),
    );
  });

  it("never gives two purposes or indices the same value", () => {
    for (const sizes of [profiles.small, profiles.standard]) {
      const values = allOf(deriveRandomness(sizes, seed, moment, Array(sizes.slots).fill(lots(0n))));
      expect(new Set(values).size).to.equal(values.length);
    }
  });

  it("changes wholly with the seed and with every part of the moment", () => {
    const original = new Set(allOf(deriveRandomness(profile, seed, moment, order)));
    const others = Object.keys(moment).map((part) =>
      deriveRandomness(profile, seed, { ...moment, [part]: 99n }, order),
    );
    others.push(deriveRandomness(profile, dice.bytes(32), moment, order));
    for (const other of others) expect(allOf(other).filter((x) => original.has(x))).to.deep.equal([]);
  });

  it("changes wholly with what is sealed, so that two submissions share nothing", () => {
    const lot = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }).map((x) => lots(BigInt(x)));
    fc.assert(
      fc.property(fc.array(lot, { minLength: 4, maxLength: 4 }), (other) => {
        fc.pre(other.some((x, i) => x !== order[i]));
        const [a, b] = [order, other].map((o) => deriveRandomness(profile, seed, moment, o)) as [
          Randomness,
          Randomness,
        ];
        const known = new Set(allOf(a));
        expect(allOf(b).filter((x) => known.has(x))).to.deep.equal([]);
      }),
    );
  });

  it("lets an owner with nothing but the seed find the book key", () => {
    const { ephemeral, bookKey } = deriveRandomness(profile, seed, moment, order);
    expect(deriveBookKey(seed, moment, multiplyBase(ephemeral))).to.equal(bookKey);
  });

  it("keeps ρ under 2^240 and the ephemeral scalar odd with its top bit set, below the group order", () => {
    for (let i = 0; i < 200; i++) {
      const { rho, ephemeral } = deriveRandomness(profile, seed, { ...moment, epoch: BigInt(i) }, order);
      expect(rho.every((x) => x >= 0n && x < 1n << 240n)).to.equal(true);
      expect(ephemeral >> 249n).to.equal(1n);
      expect(ephemeral & 1n).to.equal(1n);
    }
  });
});
