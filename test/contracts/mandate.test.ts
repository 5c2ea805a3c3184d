import { expect } from "chai";
import fc from "fast-check";
import { dataSlice } from "ethers";
import { MANDATE_FIELDS } from "../../prover/format/profile.ts";
import { LIMITS, connection } from "../support/vault.ts";

const { ethers } = connection;
type Limits = Record<(typeof MANDATE_FIELDS)[number], bigint>;

describe("A mandate on chain", () => {
  let library: any;
  before(async () => {
    library = await ethers.deployContract("MandateHarness");
  });
  async function store(limits: Limits): Promise<string> {
    const receipt = await (await library.store(limits)).wait();
    return library.interface.parseLog(receipt.logs[0]).args.pointer;
  }
  const caps = (row: number): bigint =>
    [4, 9, 10].includes(row) ? 10_000n : row === 11 ? 2n ** 32n - 1n : 2n ** 18n - 1n;

  it("is stored as twelve words in the order of the transcript", async () => {
    const pointer = await store(LIMITS);
    const words = dataSlice(await ethers.provider.getCode(pointer), 1);
    expect(words).to.equal(
      ethers.AbiCoder.defaultAbiCoder().encode(["uint256[12]"], [MANDATE_FIELDS.map((field) => LIMITS[field])]),
    );
    expect((await library.load(pointer)).toObject()).to.deep.equal(LIMITS);
  });

  for (const [row, field] of MANDATE_FIELDS.entries()) {
    it(`takes ${field} up to the range of the proofs and not beyond`, async () => {
      // Maintenance is never below initial.
      await store({ ...LIMITS, maintenanceMarginBps: 10_000n, [field]: caps(row) });
      await expect(library.store({ ...LIMITS, [field]: caps(row) + 1n }))
        .to.be.revertedWithCustomError(library, "LimitTooLarge")
        .withArgs(row, caps(row) + 1n, caps(row));
    });

    it(`counts less ${field} as ${field === "cashFloorBps" ? "looser" : "tighter"}, more as the opposite`, async () => {
      const [less, more] = [
        { ...LIMITS, [field]: LIMITS[field] - 1n },
        { ...LIMITS, [field]: LIMITS[field] + 1n },
      ];
      const [tighter, looser] = field === "cashFloorBps" ? [more, less] : [less, more];
      expect(await library.isTighterOrEqual(tighter, LIMITS)).to.equal(true);
      expect(await library.isTighterOrEqual(looser, LIMITS)).to.equal(false);
    });
  }

  it("lets no order build up a margin that would have to be reduced at once, and no margin pass the vault's capital", async () => {
    const at = (initialMarginBps: bigint, maintenanceMarginBps: bigint) => ({
      ...LIMITS,
      initialMarginBps,
      maintenanceMarginBps,
    });
    await store(at(10_000n, 10_000n));
    await expect(library.store(at(3_001n, 3_000n)))
      .to.be.revertedWithCustomError(library, "MaintenanceBelowInitial")
      .withArgs(3_001n, 3_000n);
  });

  it("is looser as soon as one of its rows is, however much tighter the others are", async () => {
    const limit = fc.bigInt({ min: 0n, max: 3n });
    const limits = fc.record(Object.fromEntries(MANDATE_FIELDS.map((field) => [field, limit]))) as fc.Arbitrary<Limits>;
    await fc.assert(
      fc.asyncProperty(limits, limits, async (next, current) => {
        const expected = MANDATE_FIELDS.every((field) =>
          field === "cashFloorBps" ? next[field] >= current[field] : next[field] <= current[field],
        );
        expect(await library.isTighterOrEqual(next, current)).to.equal(expected);
      }),
      { numRuns: 100 },
    );
  });
});
