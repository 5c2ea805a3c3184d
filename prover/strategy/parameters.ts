import { CodedError } from "../base/codedError.ts";
import { toWord } from "../base/field.ts";
import { packLanes } from "../format/lanes.ts";
import type { Lane } from "../format/lanes.ts";
import { transcriptHash } from "../crypto/poseidon.ts";
import { profiles } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import { keyedHash } from "../crypto/randomness.ts";
import type { Seed } from "../crypto/randomness.ts";
import type { Word } from "../base/units.ts";
import { HIDDEN, REGIMES } from "./network.ts";
import type { RegimeNetwork } from "./network.ts";
import { FEATURES, optionSlots, sleeveSlots } from "../format/signals.ts";

/** A committed strategy: docs/strategy.md §6. Data, not code; secret. */
export interface StrategyParameters {
  readonly network: RegimeNetwork;
  /** One per regime, calmest first. */
  readonly regimes: readonly RegimeTable[];
  /** Per sleeve asset: expected excess return, bps a year. */
  readonly viewsBps: readonly bigint[];
  /** Per group: slot 1 is its perp and takes the net delta to its band. */
  readonly hedgesDelta: readonly boolean[];
  /** Per group: slots 2 and 3 are options that keep gamma and vega in their bands. */
  readonly tradesOptions: readonly boolean[];
  /** An option closer to expiry is closed. */
  readonly rollDays: bigint;
  /** Share of every position closed per epoch in defence, 1/128. */
  readonly defencePace: bigint;
  /** Margin in bps of capital from which the vault defends. */
  readonly marginTriggerBps: bigint;
}

export interface RegimeTable {
  /** Per slot, exposure wanted in bps of NAV. */
  readonly weightBps: readonly bigint[];
  /** Per group: dollar delta, dollar gamma per 1 % move, dollars a volatility point, in bps of NAV. */
  readonly deltaBps: readonly bigint[];
  readonly gammaBps: readonly bigint[];
  readonly vegaBps: readonly bigint[];
  /** Part of NAV the mean-variance sleeve may fill. */
  readonly sleeveBps: bigint;
  readonly participationBps: bigint;
  /** 1/λ of the sleeve, 2^−8. */
  readonly riskTolerance: bigint;
  /** Eighths of the stress covariance, in which all correlations are one. */
  readonly stressMix: bigint;
  /** Share of a gap closed per epoch, 1/128. */
  readonly speed: bigint;
  /** Per group, half-widths of the no-trade bands, bps of NAV. */
  readonly weightBandBps: readonly bigint[];
  readonly deltaBandBps: readonly bigint[];
  readonly gammaBandBps: readonly bigint[];
  readonly vegaBandBps: readonly bigint[];
}

/** The hours that a network was fitted to. It stands beside the network in the file; no part of the strategy. */
export interface TrainedOn {
  /** Where the prices came from: `recorded`, or a model's with its seed. */
  readonly prices: string;
  /** First and last hour, as `2021-05-01T00:00Z`. */
  readonly from: string;
  readonly to: string;
  /** The training's seed, where one was named: with it and the prices anybody trains the same network. */
  readonly seed?: string;
}

/** What is wrong with a strategy file, and where. Never quotes a value: the strategy is secret. */
export class StrategyError extends CodedError<"bad-strategy"> {
  override readonly name = "StrategyError";

  constructor(message: string) {
    super("bad-strategy", message);
  }
}

/** A whole number, or a list (of lists) of them, of a strategy file. */
interface Field {
  readonly low: number;
  readonly high: number;
  /** Lengths of the nested lists, outermost first; none for a single number. */
  readonly shape: readonly number[];
  readonly about: string;
}

type Fields<T> = { readonly [K in keyof T]: Field };

const SIGNED_15: [low: number, high: number] = [-16_383, 16_383];
const BAND: [low: number, high: number] = [0, 16_383];
const SHARE: [low: number, high: number] = [0, 10_000];

const field = ([low, high]: [low: number, high: number], shape: readonly number[], about: string): Field => ({
  low,
  high,
  shape,
  about,
});

interface Layout {
  readonly network: Fields<RegimeNetwork>;
  readonly regime: Fields<RegimeTable>;
  readonly root: Fields<Omit<StrategyParameters, "network" | "regimes">>;
}

/** Every number of a strategy: the source of schema, validation and reading. */
function layoutOf(profile: Profile): Layout {
  const groups = [profile.groups];
  return {
    network: {
      hidden: field(
        [-128, 127],
        [HIDDEN, FEATURES.length],
        "weights of the hidden layer, a list per neuron in the order of the features",
      ),
      hiddenBias: field(SIGNED_15, [HIDDEN], "biases of the hidden layer, unit 2^5"),
      output: field([-128, 127], [REGIMES, HIDDEN], "weights of the scores, a list per regime"),
      outputBias: field(SIGNED_15, [REGIMES], "biases of the scores, unit 2^6"),
    },
    regime: {
      weightBps: field(SIGNED_15, [profile.slots], "exposure wanted per slot, bps of NAV, negative is short"),
      deltaBps: field(SIGNED_15, groups, "dollar delta wanted per group, bps of NAV"),
      gammaBps: field(SIGNED_15, groups, "dollar gamma per 1 % move wanted per group, bps of NAV"),
      vegaBps: field(SIGNED_15, groups, "dollars a volatility point wanted per group, bps of NAV"),
      sleeveBps: field(SHARE, [], "part of NAV that the mean-variance sleeve may fill"),
      participationBps: field(SHARE, [], "largest share of a slot's liquidity that an order takes"),
      riskTolerance: field([0, 4_095], [], "1/λ of the sleeve in 1/256"),
      stressMix: field([0, 7], [], "eighths of the stress covariance, in which all correlations are one"),
      speed: field([0, 128], [], "share of a gap closed per epoch, in 1/128"),
      weightBandBps: field(BAND, groups, "half-width of the no-trade band round each weight of a group, bps of NAV"),
      deltaBandBps: field(BAND, groups, "half-width of the band round the delta target"),
      gammaBandBps: field(BAND, groups, "half-width of the band round the gamma target"),
      vegaBandBps: field(BAND, groups, "half-width of the band round the vega target"),
    },
    root: {
      viewsBps: field(
        SIGNED_15,
        [sleeveSlots(profile).length],
        "expected excess return of each sleeve asset, bps a year",
      ),
      hedgesDelta: field([0, 1], groups, "1 where slot 1 of the group is a perp that hedges its delta"),
      tradesOptions: field(
        [0, optionSlots(profile).length > 0 ? 1 : 0],
        groups,
        "1 where slots 2 and 3 of the group are options that keep gamma and vega in their bands",
      ),
      rollDays: field([0, 127], [], "an option with fewer days to expiry is closed"),
      defencePace: field([1, 128], [], "share of each position closed per epoch in defence, in 1/128"),
      marginTriggerBps: field(SHARE, [], "margin in bps of capital from which the vault defends"),
    },
  };
}

/** Marks the format in the file. */
const STRATEGY_KIND = "tacit-strategy-1";
/** Names the file's schema to editors; says nothing of the strategy. */
const SCHEMA_KEY = "$schema";
/** Inside the network, so that it goes where the network is copied to. */
const TRAINED_KEY = "$trainedOn";

/** JSON Schema (2020-12) of strategy files of a profile. */
export function strategySchema(profile: Profile): object {
  const { network, regime, root } = layoutOf(profile);
  const number = ({ low, high, shape, about }: Field): object =>
    shape.reduceRight<object>((items, length) => ({ type: "array", minItems: length, maxItems: length, items }), {
      type: "integer",
      minimum: low,
      maximum: high,
      ...(shape.length === 0 ? { description: about } : {}),
    });
  const object = (
    fields: Readonly<Record<string, Field>>,
    more: Record<string, object> = {},
    optional: Record<string, object> = {},
  ): object => {
    const properties = {
      ...Object.fromEntries(
        Object.entries(fields).map(([name, one]) => [
          name,
          one.shape.length === 0 ? number(one) : { ...number(one), description: one.about },
        ]),
      ),
      ...more,
    };
    return {
      type: "object",
      properties: { ...optional, ...properties },
      required: Object.keys(properties),
      additionalProperties: false,
    };
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Tacit strategy, ${profile.name} profile`,
    ...object(
      root as unknown as Record<string, Field>,
      {
        kind: { const: STRATEGY_KIND },
        profile: { const: profile.name },
        network: object(
          network as unknown as Record<string, Field>,
          {},
          { [TRAINED_KEY]: { type: "object", description: "hours that tacit strategy train fitted the network to" } },
        ),
        regimes: {
          type: "array",
          minItems: REGIMES,
          maxItems: REGIMES,
          items: object(regime as unknown as Record<string, Field>),
        },
      },
      { [SCHEMA_KEY]: { type: "string", description: "this schema, for editors" } },
    ),
  };
}

/**
 * Reads a strategy file.
 * @throws StrategyError, saying where and what to write there
 */
export function parseStrategy(profile: Profile, json: string): StrategyParameters {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw new StrategyError("the strategy is not valid JSON; check brackets and commas");
  }
  const { network, regime, root } = layoutOf(profile);
  const found = requireObject("the strategy", value, ["kind", "profile", "network", "regimes", ...Object.keys(root)], {
    kind: "kind",
    optional: SCHEMA_KEY,
  });
  if (Object.hasOwn(found, SCHEMA_KEY) && typeof found[SCHEMA_KEY] !== "string")
    throw new StrategyError(`${SCHEMA_KEY} must be a string, the place of the file's schema`);
  if (!Object.keys(profiles).includes(found["profile"] as string))
    throw new StrategyError(
      `profile must be ${Object.keys(profiles)
        .map((name) => `"${name}"`)
        .join(" or ")}, the size of the market`,
    );
  if (found["profile"] !== profile.name)
    throw new StrategyError(
      `profile must be "${profile.name}", the size of this market; make the file with tacit strategy new --profile ${profile.name}`,
    );
  const regimes = requireList("regimes", found["regimes"], REGIMES);
  const common = readFields<Record<keyof Layout["root"], unknown>>("", found, root as unknown as Record<string, Field>);
  const bits = (list: unknown): boolean[] => (list as bigint[]).map((bit) => bit === 1n);
  return {
    ...(common as unknown as Omit<StrategyParameters, "network" | "regimes">),
    hedgesDelta: bits(common.hedgesDelta),
    tradesOptions: bits(common.tradesOptions),
    network: readObject<RegimeNetwork>(
      "network",
      found["network"],
      network as unknown as Record<string, Field>,
      TRAINED_KEY,
    ),
    regimes: regimes.map((table, r) =>
      readObject<RegimeTable>(`regimes[${r}]`, table, regime as unknown as Record<string, Field>),
    ),
  };
}

/** What a strategy file holds beside the strategy. */
export interface StrategyNotes {
  /** Where its schema is, for editors. */
  readonly schema?: string;
  readonly trainedOn?: TrainedOn;
}

/** The notes of a file that `parseStrategy` has read. @throws StrategyError */
export function strategyNotes(json: string): StrategyNotes {
  const { [SCHEMA_KEY]: schema, network } = JSON.parse(json) as {
    [SCHEMA_KEY]?: string;
    network: { [TRAINED_KEY]?: TrainedOn };
  };
  const trainedOn = network[TRAINED_KEY];
  if (trainedOn !== undefined && !isTrainedOn(trainedOn))
    throw new StrategyError(
      `network.${TRAINED_KEY} must have the prices, from and to that tacit strategy train has written: take it out if they are not known`,
    );
  return {
    ...(schema === undefined ? {} : { schema }),
    ...(trainedOn === undefined ? {} : { trainedOn }),
  };
}

const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}:00Z$/;

function isTrainedOn(value: unknown): value is TrainedOn {
  const { prices, from, to, seed } = (value ?? {}) as Record<keyof TrainedOn, unknown>;
  if (seed !== undefined && typeof seed !== "string") return false;
  return typeof prices === "string" && [from, to].every((hour) => typeof hour === "string" && HOUR.test(hour));
}

/** The file of a strategy. */
export function formatStrategy(
  profile: Profile,
  { network, regimes, hedgesDelta, tradesOptions, ...common }: StrategyParameters,
  { schema, trainedOn }: StrategyNotes = {},
): string {
  const bits = (list: readonly boolean[]): number[] => list.map(Number);
  const file = {
    ...(schema === undefined ? {} : { [SCHEMA_KEY]: schema }),
    kind: STRATEGY_KIND,
    profile: profile.name,
    ...common,
    hedgesDelta: bits(hedgesDelta),
    tradesOptions: bits(tradesOptions),
    regimes,
    network: { ...(trainedOn === undefined ? {} : { [TRAINED_KEY]: trainedOn }), ...network },
  };
  const text = JSON.stringify(file, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value), 2);
  // Lists of numbers on one line: a table that can be read.
  return `${text.replace(/\[\s*(-?\d+(?:,\s*-?\d+)*)\s*\]/g, (_, list: string) => `[${list.replace(/\s+/g, " ")}]`)}\n`;
}

function readObject<T>(at: string, value: unknown, fields: Readonly<Record<string, Field>>, optional?: string): T {
  const found = requireObject(at, value, Object.keys(fields), optional === undefined ? {} : { optional });
  return readFields<T>(`${at}.`, found, fields);
}

const readFields = <T>(prefix: string, found: Record<string, unknown>, fields: Readonly<Record<string, Field>>): T =>
  Object.fromEntries(
    Object.entries(fields).map(([name, one]) => [name, readNumbers(`${prefix}${name}`, found[name], one, one.shape)]),
  ) as T;

function readNumbers(at: string, value: unknown, { low, high, about }: Field, shape: readonly number[]): unknown {
  const [length, ...inner] = shape;
  if (length !== undefined)
    return requireList(at, value, length).map((one, i) =>
      readNumbers(`${at}[${i}]`, one, { low, high, shape: inner, about }, inner),
    );
  if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high) {
    throw new StrategyError(`${at} must be a whole number from ${low} to ${high}: ${about}`);
  }
  return BigInt(value);
}

function requireList(at: string, value: unknown, length: number): unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw new StrategyError(`${at} must be a list of ${length}`);
  return value;
}

function requireObject(
  at: string,
  value: unknown,
  keys: readonly string[],
  { kind, optional }: { kind?: string; optional?: string } = {},
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new StrategyError(`${at} must be an object`);
  // Before the rest of it: another kind of strategy has other fields.
  if (kind !== undefined && (value as Record<string, unknown>)[kind] !== STRATEGY_KIND)
    throw new StrategyError(`${kind} must be "${STRATEGY_KIND}"`);
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined)
    throw new StrategyError(`${at} lacks ${missing}; tacit strategy new writes a file with every field`);
  const unknown = Object.keys(value).find((key) => key !== optional && !keys.includes(key));
  if (unknown !== undefined)
    throw new StrategyError(
      `${at} has no field called ${JSON.stringify(unknown)}; it takes ${keys.join(", ")} and nothing else`,
    );
  return value as Record<string, unknown>;
}

const BYTES_PER_WORD = 31;

/** The canonical words, without the salt: docs/strategy.md §6. 19 of them. */
export function strategyWords(parameters: StrategyParameters): Word[] {
  const lanes = (bits: number, signed: boolean, ...values: readonly bigint[]): Lane[] =>
    values.map((value) => ({ value, bits, ...(signed ? { signed } : {}) }));
  const flags = (list: readonly boolean[]): Lane[] => list.map((bit) => ({ value: bit ? 1n : 0n, bits: 1 }));
  const { network, regimes } = parameters;
  const bytes = lanes(8, true, ...network.hidden.flat(), ...network.output.flat());
  const words = Array.from({ length: Math.ceil(bytes.length / BYTES_PER_WORD) }, (_, w) =>
    bytes.slice(w * BYTES_PER_WORD, (w + 1) * BYTES_PER_WORD),
  );
  words.push(lanes(15, true, ...network.hiddenBias, ...network.outputBias));
  for (const table of regimes) {
    words.push(lanes(15, true, ...table.weightBps));
    words.push([
      ...lanes(15, true, ...table.deltaBps, ...table.gammaBps, ...table.vegaBps),
      ...lanes(14, false, table.sleeveBps, table.participationBps),
      ...lanes(12, false, table.riskTolerance),
      ...lanes(3, false, table.stressMix),
      ...lanes(8, false, table.speed),
    ]);
    words.push(
      lanes(14, false, ...table.weightBandBps, ...table.deltaBandBps, ...table.gammaBandBps, ...table.vegaBandBps),
    );
  }
  words.push([
    ...lanes(15, true, ...parameters.viewsBps),
    ...flags(parameters.hedgesDelta),
    ...flags(parameters.tradesOptions),
    ...lanes(7, false, parameters.rollDays),
    ...lanes(8, false, parameters.defencePace),
    ...lanes(14, false, parameters.marginTriggerBps),
  ]);
  return words.map((word) => toWord(packLanes(word)));
}

/** What the vault's terms hold: the sponge over the opening. */
export const commitStrategy = (parameters: StrategyParameters, salt: Word): Word =>
  transcriptHash(strategyOpening(parameters, salt));

/** The canonical words, and the salt that hides them. */
export const strategyOpening = (parameters: StrategyParameters, salt: Word): Word[] => [
  ...strategyWords(parameters),
  salt,
];

/** Who commits to strategies, and where; addresses as integers. */
export interface Committer {
  readonly chainId: bigint;
  readonly market: bigint;
  readonly owner: bigint;
}

/** How often one owner can commit to the same strategy on one market. */
const MOST_COMMITMENTS = 256;

/**
 * Salts for the owner's commitments to a strategy, one after the other: another one each time, so that nobody sees in two
 * commitments whether the same strategy is behind them.
 */
function* saltsOf(
  parameters: StrategyParameters,
  seed: Seed,
  { chainId, market, owner }: Committer,
): Generator<{ salt: Word; commitment: Word }> {
  const words = strategyWords(parameters);
  for (let number = 0n; number < MOST_COMMITMENTS; number++) {
    const salt = toWord(keyedHash(seed, "strategy", [chainId, market, owner, number, ...words]));
    yield { salt, commitment: transcriptHash([...words, salt]) };
  }
}

/**
 * A commitment that this owner has not published yet.
 * @param published all it has on this market
 * @throws StrategyError if it has committed to this very strategy too often
 */
export function freshCommitment(
  parameters: StrategyParameters,
  seed: Seed,
  committer: Committer,
  published: ReadonlySet<bigint>,
): Word {
  for (const { commitment } of saltsOf(parameters, seed, committer)) if (!published.has(commitment)) return commitment;
  throw new StrategyError(
    `this owner has committed to this strategy ${MOST_COMMITMENTS} times on this market; change any number of it`,
  );
}

/** The salt behind an owner's commitment; undefined if it is not one to this strategy under this seed. */
export function saltBehind(
  parameters: StrategyParameters,
  seed: Seed,
  committer: Committer,
  commitment: bigint,
): Word | undefined {
  for (const one of saltsOf(parameters, seed, committer)) if (one.commitment === commitment) return one.salt;
  return undefined;
}
