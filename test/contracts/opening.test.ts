import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";
import { babyjubjub } from "@noble/curves/misc.js";
import { G, H, type GeneratorPoint } from "../../circuits/format/generators.ts";

const { Point } = babyjubjub;
type CurvePoint = typeof Point.BASE;
const r = Point.CURVE().p;
const l = Point.CURVE().n;
const curvePoint = ([x, y]: GeneratorPoint): CurvePoint => Point.fromAffine({ x, y });

const term = (base: GeneratorPoint, k: bigint): CurvePoint => curvePoint(base).multiplyUnsafe(((k % l) + l) % l);

/** Σ (net_i + m·2^31)·G_i + ρ·H, with no range check: what an attacker can aim at. */
function commitment(firstSlot: number, nets: bigint[], rho: bigint, m: bigint, z = 1n) {
  const sum = nets.reduce((acc, net, i) => acc.add(term(G[firstSlot + i]!, net + m * 2n ** 31n)), term(H, rho));
  const { x, y } = sum.toAffine();
  return { x: (x * z) % r, y: (y * z) % r, z };
}

describe("Opening a group's summed order commitments", () => {
  let curve: any;
  let ethers: any;
  // Errors of a library called internally are not in the harness's ABI.
  let errors: any;
  before(async () => {
    ({ ethers } = await hre.network.create());
    curve = await ethers.deployContract("CurveHarness");
    errors = new ethers.Interface([
      "error BatchSizeOutOfRange(uint256)",
      "error NetOutOfRange(uint256,int256)",
      "error BlindingOutOfRange(uint256)",
      "error SlotsOutOfRange(uint256,uint256)",
      "error NotTheOpening()",
    ]);
  });

  const accepted = (firstSlot: number, nets: bigint[], rho: bigint, m: bigint, sum: unknown): Promise<bigint> =>
    curve.checkOpening(firstSlot, nets, rho, m, sum);
  const refused = (error: string, firstSlot: number, nets: bigint[], rho: bigint, m: bigint, sum: unknown) =>
    expect(curve.checkOpening(firstSlot, nets, rho, m, sum)).to.be.revertedWithCustomError(
      { interface: errors },
      error,
    );

  const nets = [1_000n, -250n, 0n, 2n ** 31n - 1n];
  const rho = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890n;
  const m = 3n;

  it("accepts the true nets, at every group, for two and for four slots, with any z", async () => {
    for (const firstSlot of [0, 4, 8, 12])
      await accepted(firstSlot, nets, rho, m, commitment(firstSlot, nets, rho, m, 5n));
    for (const firstSlot of [0, 2])
      await accepted(firstSlot, nets.slice(0, 2), rho, m, commitment(firstSlot, nets.slice(0, 2), rho, m));
  });

  it("accepts random nets and blindings over their whole range", async () => {
    const batch = fc.integer({ min: 1, max: 4096 }).chain((size) => {
      const m = BigInt(size);
      const net = fc.bigInt({ min: -m * 2n ** 31n, max: m * 2n ** 31n - 1n });
      return fc.tuple(
        fc.constant(m),
        fc.array(net, { minLength: 1, maxLength: 4 }),
        fc.bigInt({ min: 0n, max: m * 2n ** 240n - 1n }),
      );
    });
    await fc.assert(
      fc.asyncProperty(batch, fc.constantFrom(0, 4, 8, 12), async ([m, nets, rho], firstSlot) => {
        await accepted(firstSlot, nets, rho, m, commitment(firstSlot, nets, rho, m));
      }),
      { numRuns: 25 },
    );
  });

  it("accepts the extremes of the ranges and refuses one past each", async () => {
    for (const m of [1n, 4096n]) {
      const low = -m * 2n ** 31n;
      const high = m * 2n ** 31n - 1n;
      const top = m * 2n ** 240n - 1n;
      await accepted(0, [low, low, low, low], 0n, m, commitment(0, [low, low, low, low], 0n, m));
      await accepted(0, [high, high, high, high], top, m, commitment(0, [high, high, high, high], top, m));
      await refused("NetOutOfRange", 0, [low - 1n, 0n], 0n, m, commitment(0, [low - 1n, 0n], 0n, m));
      await refused("NetOutOfRange", 0, [0n, high + 1n], 0n, m, commitment(0, [0n, high + 1n], 0n, m));
      await refused("BlindingOutOfRange", 0, nets, top + 1n, m, commitment(0, nets, top + 1n, m));
    }
  });

  it("refuses net + k·l, which satisfies the equation", async () => {
    const sum = commitment(0, nets, rho, m);
    for (const k of [1n, 8n, 20n, -1n, -20n]) {
      const forged = [nets[0]! + k * l, ...nets.slice(1)];
      expect(commitment(0, forged, rho, m)).to.deep.equal(sum);
      await refused("NetOutOfRange", 0, forged, rho, m, sum);
    }
  });

  it("refuses ρ + l, which satisfies the equation", async () => {
    const sum = commitment(0, nets, rho, m);
    expect(commitment(0, nets, rho + l, m)).to.deep.equal(sum);
    for (const forged of [rho + l, rho + 2n * l, rho + 20n * l])
      await refused("BlindingOutOfRange", 0, nets, forged, m, sum);
  });

  it("refuses the most negative and most positive integers", async () => {
    const sum = commitment(0, nets, rho, m);
    for (const extreme of [-(2n ** 255n), 2n ** 255n - 1n, -(2n ** 254n)])
      await refused("NetOutOfRange", 0, [extreme, ...nets.slice(1)], rho, m, sum);
    await refused("BlindingOutOfRange", 0, nets, 2n ** 256n - 1n, m, sum);
  });

  it("refuses swapped nets, a net off by one, a blinding off by one, and the nets of another group", async () => {
    const sum = commitment(4, nets, rho, m);
    await refused("NotTheOpening", 4, [nets[1]!, nets[0]!, nets[2]!, nets[3]!], rho, m, sum);
    await refused("NotTheOpening", 4, [nets[0]! + 1n, ...nets.slice(1)], rho, m, sum);
    await refused("NotTheOpening", 4, nets, rho + 1n, m, sum);
    await refused("NotTheOpening", 8, nets, rho, m, sum);
    await refused("NotTheOpening", 4, nets.slice(0, 3), rho, m, sum);
  });

  it("refuses a wrong number of submissions, also when the nets are shifted to compensate beyond their range", async () => {
    const sum = commitment(0, nets, rho, m);
    await refused("NotTheOpening", 0, nets, rho, m + 1n, sum);
    const shifted = nets.map((net) => net + 2n ** 31n);
    expect(commitment(0, shifted, rho, m - 1n)).to.deep.equal(sum);
    await refused("NetOutOfRange", 0, shifted, rho, 1n, commitment(0, shifted, rho, 1n));
    await refused("BatchSizeOutOfRange", 0, nets, rho, 0n, sum);
    await refused("BatchSizeOutOfRange", 0, nets, rho, 4097n, sum);
    await refused("BatchSizeOutOfRange", 0, nets, rho, 2n ** 225n, sum);
  });

  it("refuses a sum that was never filled in", async () => {
    await refused("NotTheOpening", 0, nets, rho, m, { x: 0n, y: 0n, z: 0n });
  });

  it("refuses a group of no slot, of more than four, or beyond the last slot", async () => {
    await refused("SlotsOutOfRange", 0, [], rho, m, commitment(0, [], rho, m));
    await refused("SlotsOutOfRange", 0, [0n, 0n, 0n, 0n, 0n], rho, m, commitment(0, [0n, 0n, 0n, 0n, 0n], rho, m));
    for (const firstSlot of [13, 14, 16, 255])
      await refused("SlotsOutOfRange", firstSlot, [0n, 0n, 0n, 0n], rho, m, commitment(0, [0n], rho, m));
  });

  it("costs under 75,000 gas a group of four slots", async () => {
    const four = await accepted(0, nets, rho, m, commitment(0, nets, rho, m));
    const two = await accepted(0, nets.slice(0, 2), rho, m, commitment(0, nets.slice(0, 2), rho, m));
    console.log(`      four slots ${four} gas, two slots ${two} gas`);
    expect(four < 75_000n && two < 75_000n).to.equal(true);
  });
});
