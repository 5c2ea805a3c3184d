import { expect } from "chai";
import { answer } from "../../client/cli/answer.ts";
import {
  count,
  date,
  ether,
  hash,
  instant,
  number,
  percent,
  shares,
  short,
  usd,
  wholeUsd,
} from "../../client/sdk/format.ts";
import { misnamed, misprinted, misworded } from "../support/wording.ts";

describe("Numbers for people", () => {
  it("have commas, cents, one sign in front, and none where they round to nothing", () => {
    expect([1_234_500_000n, 0n, -12_000_000n, -4_000n, 949_000_000_000n].map((one) => usd(one))).to.deep.equal([
      "$1,234.50",
      "$0.00",
      "-$12.00",
      "$0.00",
      "$949,000.00",
    ]);
    expect([usd(-1n, 6), usd(1_500_000n, 6)]).to.deep.equal(["-$0.000001", "$1.50"]);
    expect([wholeUsd(-1_234.5), wholeUsd(0.2)]).to.deep.equal(["-$1,235", "$0"]);
    expect([percent(-0.0001), percent(0.1234, 2), percent(12.5)]).to.deep.equal(["0.0 %", "12.34 %", "1,250.0 %"]);
    expect([number(1_234_567), number(0.5, 0, 3), number(2.25, 1)]).to.deep.equal(["1,234,567", "0.5", "2.3"]);
  });

  it("keep every digit of what no float holds", () => {
    expect(usd(9_007_199_254_740_993_250_000n)).to.equal("$9,007,199,254,740,993.25");
  });

  it("are of one or of many", () => {
    expect([0n, 1n, 9n, 1_234n, -1n].map((one) => count(one, "vault"))).to.deep.equal([
      "0 vaults",
      "1 vault",
      "9 vaults",
      "1,234 vaults",
      "-1 vaults",
    ]);
    expect([0n, 10n ** 12n, 25n * 10n ** 11n].map(shares)).to.deep.equal(["0 shares", "1 share", "2.5 shares"]);
  });

  it("are times to the second, hashes of 32 bytes, four digits of ether", () => {
    expect([instant(1_796_072_400), date(1_796_072_400)]).to.deep.equal(["2026-11-30T21:00:00Z", "2026-11-30"]);
    expect(hash(255n)).to.equal(`0x${"0".repeat(62)}ff`);
    expect(short(hash(1n << 255n))).to.equal("0x80000000…");
    expect(ether(12_345_678_900_000_000n)).to.equal("0.01235");
  });
});

describe("Answers for scripts", () => {
  it("write a number as the end of its name says, in lists and inside too", () => {
    const value = {
      bondMicroUsd: -5n,
      netLots: [1n, 2n],
      lots: 3n,
      bookCommitment: 16n,
      haircutPpb: 7n,
      inside: [{ claimedShareUnits: 9n, epoch: 4 }],
      nothing: null,
    };
    expect(JSON.parse(answer(value))).to.deep.equal({
      bondMicroUsd: "-5",
      netLots: ["1", "2"],
      lots: "3",
      bookCommitment: hash(16n),
      haircutPpb: 7,
      inside: [{ claimedShareUnits: "9", epoch: 4 }],
      nothing: null,
    });
    expect(misnamed(JSON.parse(answer(value)))).to.deep.equal([]);
  });
});

describe("What holds programs to it", () => {
  it("finds what is named or written otherwise, in answers and in text", () => {
    for (const [wrong, path] of [
      [{ cash: "2500500000" }, "cash"],
      [{ bondMicroUsd: 5 }, "bondMicroUsd"],
      [{ commitment: "123456789012345678901234567890" }, "commitment"],
      [{ vaults: [{ transaction: hash(1n) }] }, "vaults[0].transaction"],
      [{ deadline: 1_796_072_400 }, "deadline"],
      [{ snake_case: 1 }, ""],
    ] as const)
      expect(misnamed(wrong)[0], path).to.match(new RegExp(`^${path.replace(/[[\]]/g, "\\$&")}: `));
    for (const wrong of [
      "account holds $949000.0",
      "carry $100.5 a lot",
      "a change of $-12.00",
      "9 submissions of 1 vaults",
      "2 vault",
      "until 2026-11-30T21:00:00.000Z",
      `commitment ${"7".repeat(70)}`,
      "12%",
      "return -0.0 %",
      "buy 12345 lots",
    ])
      expect(misprinted(wrong), wrong).to.not.deep.equal([]);
    expect(
      misworded('{"level":30,"time":1796072400000,"epoch":1,"msg":"submitted"}\nphase 1, 21 vaults\n'),
    ).to.deep.equal([]);
    expect(misworded('{"level":30,"time":1796072400000,"seenAt":1796072400,"tx":1796072400}')).to.have.length(1);
  });
});
