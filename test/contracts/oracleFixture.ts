import { genesisCommitment } from "../../prover/book/book.ts";
import hre from "hardhat";
import { profiles } from "../../prover/format/profile.ts";
import type { ProfileName } from "../../prover/format/profile.ts";
import { noSignals, signalWords } from "../../prover/format/signals.ts";
import { packSlot } from "../../prover/format/lanes.ts";
import type { LaneRows } from "../../prover/format/lanes.ts";
import { deployAuthority } from "./governance.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
export const DELAY = 2 * DAY;
export const STATEMENT_LIFE = 600;
export const HEARTBEAT = HOUR;

export const KIND = { none: 0, spot: 1, perp: 2, option: 3 } as const;
export const LIMITS = {
  quorum: 3,
  maxAgeSeconds: 300,
  deviationBps: 100,
  moveBps: 1_000,
  optionMoveBps: 500,
  moveWindowSeconds: DAY,
  sequencerGraceSeconds: HOUR,
};
export type Limits = typeof LIMITS;

/** What reporters say of a slot, µUSD per lot. */
export interface SlotReport extends LaneRows {
  notional: bigint;
  slip: bigint;
  contingency: bigint;
  /** Lots. */
  liquidity: bigint;
}

const PRICE = 20_000_000n;
const CARRY = -12_345n;
/** Series that the fixture lists. */
export const LISTINGS = 3;
export const POSITION_CAP = 1_000_000n;
export const ORDER_CAP = 50_000n;

/** Feed answer for a lot (0.01 ETH) at `microUsd`. */
export const feedAnswer = (microUsd: bigint): bigint => microUsd * 100n * 100n;

export interface Overrides {
  epoch?: bigint;
  observedAt?: number;
  reports?: (SlotReport | null)[];
  words?: bigint[];
  signers?: any[];
  signatures?: string[];
  /** What is signed, where it differs from what is published. */
  signed?: {
    market?: string;
    epoch?: bigint;
    observedAt?: number;
    words?: bigint[];
    listings?: number;
    chainId?: number;
    oracle?: string;
  };
}

/**
 * An oracle with five reporters over a stub market: slot 0 ETH spot, slot 1 ETH perp, slot 2 ETH call, one lot each
 * being 0.01 ETH of $2,000, the other slots unused.
 */
export async function oracleFixture(profileName: ProfileName = "small") {
  const profile = profiles[profileName];
  const { ethers, networkHelpers } = await hre.network.create();
  const [governor, anyone] = await ethers.getSigners();
  const time = networkHelpers.time;

  const feed: any = await ethers.deployContract("TestFeed", [8, feedAnswer(PRICE)]);
  const token: any = await ethers.deployContract("TestToken", ["Ether", "ETH", 18]);
  const sequencer: any = await ethers.deployContract("TestFeed", [0, 0]);
  const { slots, groups, scenarios, members } = profile;
  const market: any = await ethers.deployContract("OracleMarketStub", [
    { slots, groups, scenarios, members, genesisCommitment: genesisCommitment(profile) },
  ]);

  const reporters = Array.from({ length: 5 }, (_, i) => new ethers.Wallet(ethers.toBeHex(0xbeef00 + i, 32)));
  const authority: any = await deployAuthority(ethers, governor!);
  const oracle: any = await ethers.deployContract("SnapshotOracle", [
    authority,
    DELAY,
    market,
    sequencer,
    STATEMENT_LIFE,
    LIMITS,
    reporters.map(({ address }) => address),
  ]);
  await time.increase(2 * HOUR);
  await feed.updateAnswer(feedAnswer(PRICE));

  const ethSlot = async (kind: number, change: object = {}) => ({
    kind,
    adapter: ethers.ZeroAddress,
    token: kind === KIND.spot ? await token.getAddress() : ethers.ZeroAddress,
    feed: await feed.getAddress(),
    feedHeartbeat: HEARTBEAT,
    scaleDecimals: 0,
    lotSize: 10n ** 16n,
    strike: kind === KIND.option ? 2_100n * 10n ** 18n : 0n,
    expiry: kind === KIND.option ? 4_000_000_000n : 0n,
    isCall: kind === KIND.option,
    orderCap: ORDER_CAP,
    positionCap: POSITION_CAP,
    threshold: 0n,
    inventoryCap: 0n,
    feeBps: 30n,
    ...change,
  });
  await market.setSlot(0, await ethSlot(KIND.spot), 0n);
  await market.setSlot(1, await ethSlot(KIND.perp), CARRY);
  await market.setSlot(2, await ethSlot(KIND.option), 0n);

  const stress = (per: bigint) => Array.from({ length: scenarios }, (_, s) => (BigInt(s) - 2n) * per);
  /** Reports for a price of the underlying's lot. */
  const reportsAt = (price: bigint): (SlotReport | null)[] => {
    const terms = { notional: price, slip: price / 200n, contingency: price / 50n, liquidity: 5_000n };
    const linear = { delta: price, gamma: 0n, vega: 0n, stress: stress(price / 20n), ...terms };
    const listed: (SlotReport | null)[] = [
      { value: price, ...linear, contingency: 0n },
      { value: 0n, ...linear },
      { value: 1_000_000n, delta: price / 2n, gamma: 80_000n, vega: 30_000n, stress: stress(-400_000n), ...terms },
    ];
    return [...listed, ...Array<null>(slots - listed.length).fill(null)];
  };
  const toWords = (reports: (SlotReport | null)[], signals = noSignals(profile)): bigint[] => [
    ...reports.flatMap((report) =>
      report === null
        ? Array<bigint>(profile.rowWords + 4).fill(0n)
        : [...packSlot(report), report.notional, report.slip, report.contingency, report.liquidity],
    ),
    ...signalWords(profile, signals),
  ];

  const hashWords = (words: bigint[]): string =>
    ethers.keccak256(ethers.concat(words.map((word) => ethers.toBeHex(word, 32))));
  const sign = async (
    signer: any,
    s: { epoch: bigint; observedAt: number; words: bigint[] } & Overrides["signed"],
  ): Promise<string> =>
    signer.signTypedData(
      {
        name: "Tacit SnapshotOracle",
        version: "1",
        chainId: s.chainId ?? 31337,
        verifyingContract: s.oracle ?? (await oracle.getAddress()),
      },
      {
        Snapshot: [
          { name: "market", type: "address" },
          { name: "epoch", type: "uint32" },
          { name: "observedAt", type: "uint64" },
          { name: "listings", type: "uint32" },
          { name: "wordsHash", type: "bytes32" },
        ],
      },
      {
        market: s.market ?? (await market.getAddress()),
        epoch: s.epoch,
        observedAt: s.observedAt,
        listings: s.listings ?? (await market.listings()),
        wordsHash: hashWords(s.words),
      },
    );
  const sorted = (signers: any[]) => [...signers].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));

  /** Arguments of `publish`: valid unless overridden. */
  const publication = async (o: Overrides = {}) => {
    const epoch = o.epoch ?? (await market.epoch()) + 1n;
    const observedAt = o.observedAt ?? (await time.latest());
    const words = o.words ?? toWords(o.reports ?? reportsAt(PRICE));
    const signers = o.signers ?? sorted(reporters.slice(0, 3));
    const signatures =
      o.signatures ??
      (await Promise.all(signers.map((signer) => sign(signer, { epoch, observedAt, words, ...o.signed }))));
    return [epoch, observedAt, words, signatures] as const;
  };
  const publish = async (o: Overrides = {}) => oracle.publish(...(await publication(o)));
  /** Whether the snapshot is accepted, without publishing it. */
  const wouldAccept = async (o: Overrides = {}): Promise<boolean> =>
    oracle.publish.staticCall(...(await publication(o)));
  /** Sets the clock and the feed's price (µUSD per lot), then publishes reports for it. */
  const publishAt = async (seconds: number, price: bigint, reports = reportsAt(price)) => {
    await time.increaseTo(seconds - 2);
    await feed.updateAnswer(feedAnswer(price));
    return publish({ reports, observedAt: seconds - 1 });
  };

  /** The words behind the market's snapshot pointer. */
  const storedWords = async (): Promise<bigint[]> => {
    const code = await ethers.provider.getCode(await market.snapshotPointer());
    return code
      .slice(4)
      .match(/.{64}/g)!
      .map((word) => BigInt(`0x${word}`));
  };

  return {
    ethers,
    time,
    profile,
    governor: governor!,
    anyone: anyone!,
    authority,
    oracle,
    market,
    feed,
    sequencer,
    token,
    reporters,
    ethSlot,
    reportsAt,
    toWords,
    hashWords,
    sign,
    sorted,
    publication,
    publish,
    wouldAccept,
    publishAt,
    storedWords,
    PRICE,
    CARRY,
  };
}
export type OracleFixture = Awaited<ReturnType<typeof oracleFixture>>;
