import { expect } from "chai";
import { buildBabyjub, buildPoseidonReference } from "circomlibjs";
import fc from "fast-check";
import { G, H } from "../../circuits/format/generators.ts";
import { genesisBook } from "../../prover/book/book.ts";
import type { Book } from "../../prover/book/book.ts";
import { momentOf, sumCommitments } from "../../prover/committee/sums.ts";
import { addPoints, IDENTITY, multiplyBase, multiplyPoint } from "../../prover/crypto/curve.ts";
import type { Point } from "../../prover/crypto/curve.ts";
import { FIELD_ORDER, interpolateAtZero, toWord } from "../../prover/base/field.ts";
import { profiles, slotsOfGroup } from "../../prover/format/profile.ts";
import { deriveRandomness } from "../../prover/crypto/randomness.ts";
import type { Moment } from "../../prover/crypto/randomness.ts";
import {
  commitGroup,
  decryptBook,
  encryptBook,
  openShares,
  packOrders,
  reconstruct,
  seal,
  sealingContext,
  shareOf,
  unpackNets,
} from "../../prover/committee/sealing.ts";
import { payloadWords } from "../../prover/format/transcript.ts";
import { lots } from "../../prover/base/units.ts";
import { Dice, randomBatch } from "../support/scenario.ts";
import { thrown } from "../support/thrown.ts";

const { small, standard } = profiles;
const SIZES = [small, standard];
const word = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
const order = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }).map((x) => lots(BigInt(x)));

describe("Sharing a secret", () => {
  const dice = new Dice(3);
  const coefficients = (degree: number): bigint[] => Array.from({ length: degree }, () => dice.word());

  it("gives it back from any degree + 1 shares", () => {
    for (const { members, orderDegree, bookDegree } of SIZES) {
      for (const degree of [orderDegree, bookDegree]) {
        fc.assert(
          fc.property(
            word,
            fc.shuffledSubarray(
              Array.from({ length: members }, (_, i) => i + 1),
              { minLength: degree + 1, maxLength: degree + 1 },
            ),
            (secret, chosen) => {
              const coefs = coefficients(degree);
              expect(reconstruct(chosen.map((member) => ({ member, share: shareOf(secret, coefs, member) })))).to.equal(
                secret,
              );
            },
          ),
          { numRuns: 30 },
        );
      }
    }
  });

  it("leaves every secret possible to whoever holds only as many shares as the degree", () => {
    for (const degree of [1, 2, 3]) {
      const held = Array.from({ length: degree }, (_, i) => ({
        member: i + 1,
        share: shareOf(123n, coefficients(degree), i + 1),
      }));
      // Any other secret fits the same shares, with just one value of the share not held.
      for (const other of [0n, 1n, dice.word()]) {
        const missing = degree + 1;
        const atMissing = lagrange(
          [{ x: 0n, y: other }, ...held.map(({ member, share }) => ({ x: BigInt(member), y: share }))],
          BigInt(missing),
        );
        expect(reconstruct([...held, { member: missing, share: atMissing }])).to.equal(other);
      }
    }
  });

  it("makes shares of different secrets look alike (χ² over 4,000 sharings, one member fewer than opens)", () => {
    const buckets = (secret: bigint): number[] => {
      const counts = Array<number>(64).fill(0);
      for (let i = 0; i < 4_000; i++) {
        const coefs = coefficients(2);
        const eighth = (member: number): number => Number((shareOf(secret, coefs, member) * 8n) / FIELD_ORDER);
        counts[eighth(1) * 8 + eighth(2)]!++;
      }
      return counts;
    };
    const [a, b] = [buckets(0n), buckets(packOrders(Array.from({ length: 4 }, () => lots(2n ** 31n - 1n))))] as [
      number[],
      number[],
    ];
    const chiSquare = a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2 / (x + b[i]!), 0);
    // 63 degrees of freedom: above 117 once in 40,000 sharings of the same secret; the dice are fixed.
    expect(chiSquare).to.be.below(117);
  });

  it("uses a polynomial of its own for every secret", () => {
    const {
      secrets: [first],
    } = randomBatch(standard, 1, 1);
    const leading = [...first!.orderCoef, ...first!.rhoCoef, first!.bookKeyCoef].flat();
    expect(new Set(leading).size).to.equal(leading.length);
  });
});

describe("Committing to an order", () => {
  it("is Σ (Δ + 2^31)·G + ρ·H, as circomlib's own curve has it", async () => {
    const curve = await buildBabyjub();
    const e = ([x, y]: Point): [Uint8Array, Uint8Array] => [curve.F.e(x), curve.F.e(y)];
    const amounts = [5n, -7n].map(lots);
    const rho = 2n ** 239n + 12_345n;
    const parts = [e(G[2]!), e(G[3]!)].map((base, s) => curve.mulPointEscalar(base, amounts[s]! + 2n ** 31n));
    const expected = [...parts, curve.mulPointEscalar(e(H), rho)].reduce((a, b) => curve.addPoint(a, b));
    expect(commitGroup(small, 1, amounts, rho)).to.deep.equal(expected.map((x) => curve.F.toObject(x)));
  });

  it("adds up: the sum of commitments is the commitment to net and summed ρ", () => {
    for (const profile of SIZES) {
      const { batch, orders, secrets } = randomBatch(profile, 8, 5);
      for (let g = 0; g < profile.groups; g++) {
        const nets = slotsOfGroup(profile, g).map((i) => orders.reduce((sum, o) => sum + o[i]!, 0n));
        const rho = secrets.reduce((sum, s) => sum + s.rho[g]!, 0n);
        expect(sumCommitments(batch, g)).to.deep.equal(commitGroup(profile, g, nets, rho, 5n));
      }
    }
  });

  it("packs orders so that words of many vaults add like their parts", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(order, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 20 }),
        (vaults) => {
          const sum = vaults.reduce((total, amounts) => total + packOrders(amounts), 0n);
          expect(unpackNets(standard, sum, BigInt(vaults.length))).to.deep.equal(
            [0, 1, 2, 3].map((s) => vaults.reduce((net, o) => net + o[s]!, 0n)),
          );
        },
      ),
    );
  });

  it("recovers the net of 4,096 vaults at the extremes", () => {
    for (const edge of [2n ** 31n - 1n, 1n - 2n ** 31n]) {
      const amounts = Array.from({ length: 4 }, () => lots(edge));
      expect(unpackNets(standard, 4_096n * packOrders(amounts), 4_096n)).to.deep.equal(amounts.map((x) => 4_096n * x));
    }
  });

  it("takes no sum for a net that no batch of that size can have", () => {
    expect(unpackNets(standard, 1n << 176n, 3n)).to.equal(undefined);
    expect(unpackNets(standard, 3n << 32n, 3n)).to.equal(undefined);
    expect(unpackNets(standard, FIELD_ORDER - 1n, 3n)).to.equal(undefined);
  });
});

describe("Sealing an order", () => {
  const moment: Moment = { chainId: 1n, market: 2n, vault: 3n, epoch: 4n, snapshotHash: 5n, oldCommitment: 6n };
  const keys = (members: number): { sk: bigint; pk: Point }[] =>
    Array.from({ length: members }, (_, j) => ({ sk: BigInt(j + 11), pk: multiplyBase(BigInt(j + 11)) }));
  const sealedWith = (profile: typeof small, amounts: bigint[], at: Moment = moment) => {
    const book: Book = { ...genesisBook(profile.slots), order: amounts.map(lots) };
    const secrets = deriveRandomness(profile, new Uint8Array(32).fill(9), at, book.order);
    return {
      book,
      secrets,
      sealed: seal(
        profile,
        at,
        book,
        keys(profile.members).map(({ pk }) => pk),
        secrets,
      ),
    };
  };
  const amounts = (profile: typeof small): bigint[] =>
    Array.from({ length: profile.slots }, (_, i) => BigInt(i * 3 - 5));

  it("lets each member read its shares with its key, as the owner can with the ephemeral secret", () => {
    for (const profile of SIZES) {
      const { sealed, secrets, book } = sealedWith(profile, amounts(profile));
      const opened = keys(profile.members).map(({ sk, pk }, j) => {
        const shares = openShares(profile, sealed, moment, j + 1, multiplyPoint(sk, sealed.ephemeral));
        expect(openShares(profile, sealed, moment, j + 1, multiplyPoint(secrets.ephemeral, pk))).to.deep.equal(shares);
        return { member: j + 1, shares };
      });
      const from = (count: number, pick: (s: (typeof opened)[number]["shares"]) => bigint): bigint =>
        reconstruct(opened.slice(0, count).map(({ member, shares }) => ({ member, share: pick(shares) })));
      for (let g = 0; g < profile.groups; g++) {
        expect(from(profile.orderDegree + 1, (s) => s.orderShares[g]!)).to.equal(
          packOrders(slotsOfGroup(profile, g).map((i) => book.order[i]!)),
        );
        expect(from(profile.orderDegree + 1, (s) => s.rhoShares[g]!)).to.equal(secrets.rho[g]);
      }
      expect(from(profile.bookDegree + 1, (s) => s.bookKeyShare)).to.equal(secrets.bookKey);
      expect(from(profile.bookDegree, (s) => s.bookKeyShare)).to.not.equal(secrets.bookKey);
    }
  });

  it("pads shares with Poseidon over K, ctx, member and domain, K fed forward", async () => {
    const poseidon = await buildPoseidonReference();
    const { sealed } = sealedWith(small, amounts(small));
    const [member, sk] = [2, 12n];
    const K = multiplyPoint(sk, sealed.ephemeral);
    const ctx = poseidon.F.toObject(poseidon([1n, 2n, 3n, 4n, 5n, 6n, ...sealed.orderCommitments.flat()], 0n, 1));
    const out = poseidon([...K, ctx, 2n, 1n, ...Array<bigint>(11).fill(0n)], 0n, 5) as Uint8Array[];
    const shares = openShares(small, sealed, moment, member, K);
    const open = [...shares.orderShares, ...shares.rhoShares, shares.bookKeyShare];
    expect(payloadWords(small, sealed.payload).slice(5, 10)).to.deep.equal(
      open.map((share, k) => toWord(share + poseidon.F.toObject(out[k]!) + K[0])),
    );
  });

  it("uses other pads for a second order in the same epoch: differences of payloads show no difference of orders", () => {
    for (const profile of SIZES) {
      const [a, b] = [0n, 1n].map((x) => sealedWith(profile, amounts(profile).with(0, x))) as [
        ReturnType<typeof sealedWith>,
        ReturnType<typeof sealedWith>,
      ];
      expect(a.secrets.bookKey).to.not.equal(b.secrets.bookKey);
      expect(a.sealed.ephemeral).to.not.deep.equal(b.sealed.ephemeral);
      // Were pads and coefficients the same, differences of shares would interpolate to the difference of the orders.
      const difference = interpolateAtZero(
        a.sealed.payload.members.map((m, j) => ({
          x: BigInt(j + 1),
          y: m.orderShares[0]! - b.sealed.payload.members[j]!.orderShares[0]!,
        })),
      );
      expect(difference).to.not.equal(toWord(packOrders([lots(0n)]) - packOrders([lots(1n)])));
      const [x, y] = [a, b].map(({ sealed }) => new Set<bigint>(payloadWords(profile, sealed.payload))) as [
        Set<bigint>,
        Set<bigint>,
      ];
      expect([...x].filter((w) => y.has(w))).to.deep.equal([]);
      // Positions are equal in both books, their sealed words aren't.
      expect(a.sealed.payload.book[0]).to.not.equal(b.sealed.payload.book[0]);
    }
  });

  it("gives a ciphertext copied to another vault, epoch, market or member nothing to say there", () => {
    const { sealed, secrets } = sealedWith(small, amounts(small));
    const K = multiplyPoint(11n, sealed.ephemeral);
    const original = openShares(small, sealed, moment, 1, K).orderShares[0];
    for (const part of Object.keys(moment))
      expect(openShares(small, sealed, { ...moment, [part]: 99n }, 1, K).orderShares[0]).to.not.equal(original);
    expect(
      openShares(
        small,
        { ...sealed, payload: { ...sealed.payload, members: sealed.payload.members.toReversed() } },
        moment,
        3,
        K,
      ).orderShares[0],
    ).to.not.equal(original);
    expect(
      thrown(() =>
        decryptBook(
          small,
          sealed.payload.book,
          secrets.bookKey,
          sealingContext({ ...moment, vault: 99n }, sealed.orderCommitments),
        ),
      ),
    ).to.include({ code: "wrong-key" });
  });

  it("hides the book under its key, and says so if the key is another", () => {
    for (const profile of SIZES) {
      const { book, secrets, sealed } = sealedWith(profile, amounts(profile));
      const ctx = sealingContext(moment, sealed.orderCommitments);
      expect(encryptBook(profile, book, secrets.bookKey, ctx)).to.deep.equal(sealed.payload.book);
      expect(decryptBook(profile, sealed.payload.book, secrets.bookKey, ctx)).to.deep.equal(book);
      expect(thrown(() => decryptBook(profile, sealed.payload.book, secrets.bookKey + 1n, ctx))).to.include({
        code: "wrong-key",
      });
    }
  });

  it("seals for one key per member and no other number", () => {
    const { book, secrets } = sealedWith(small, amounts(small));
    expect(thrown(() => seal(small, moment, book, [multiplyBase(1n)], secrets))).to.include({ code: "wrong-length" });
  });

  it("keeps R and every K apart from the identity and from each other", () => {
    const { batch, committee } = randomBatch(standard, 4, 6);
    const points = batch.submissions.flatMap(({ sealed }) => [
      sealed.ephemeral,
      ...committee.map(({ secretKey }) => multiplyPoint(secretKey, sealed.ephemeral)),
    ]);
    expect(new Set(points.map(String)).size).to.equal(points.length);
    expect(points.some((p) => String(p) === String(IDENTITY))).to.equal(false);
    expect(addPoints(points[0]!, IDENTITY)).to.deep.equal(points[0]);
    expect(batch.submissions.map((s) => momentOf(batch, s).vault)).to.deep.equal(
      batch.submissions.map(({ vault }) => vault),
    );
  });
});

/** Value at x of the polynomial through the points. */
function lagrange(points: { x: bigint; y: bigint }[], x: bigint): bigint {
  // Shift the points so that x comes to 0.
  return interpolateAtZero(points.map((p) => ({ x: p.x - x, y: p.y })));
}
