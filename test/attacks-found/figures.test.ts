import { expect } from "chai";
import { answer } from "../../client/cli/answer.ts";
import { instrumentName } from "../../client/sdk/deployment.ts";
import type { OptionSlot } from "../../client/sdk/deployment.ts";
import { ether, shares } from "../../client/sdk/format.ts";

const SHARE = 10n ** 12n;
const ETHER = 10n ** 18n;

describe("What programs print", () => {
  it("tells two options apart that expire on the same day of two years: series may run for 1,000 days", () => {
    const expiring = (date: string): string =>
      instrumentName({
        kind: "option",
        symbol: "ETH",
        strikeMicroUsd: "2000000000",
        isCall: true,
        expiry: Date.parse(date) / 1_000,
      } as OptionSlot);
    expect(expiring("2027-11-26T08:00:00Z")).to.not.equal(expiring("2028-11-26T08:00:00Z"));
  });

  it("says of shares no more than there are: who redeems what is shown is refused with twice the same figure", () => {
    // "the account holds 10 shares and asked to redeem 10 shares: lower the number"
    expect(shares(10n * SHARE - 1n)).to.not.equal(shares(10n * SHARE));
  });

  it("writes ether without powers of ten, as other amounts", () => {
    expect(ether(10_000n * ETHER)).to.match(/^10,?000/);
    expect(ether(12_345n * ETHER)).to.match(/^12,?345/);
  });

  // A market's account at a venue that wants a few micro-dollars for a position of dust, and any figure to come whose
  // name has no unit.
  it("writes no other number than there is, where it has more digits than a number of JSON keeps", () => {
    const exact = 2n ** 53n + 1n;
    let said: string | undefined;
    try {
      said = answer({ healthBps: exact });
    } catch {
      // As good.
    }
    if (said !== undefined) expect(said).to.contain(String(exact));
  });
});
