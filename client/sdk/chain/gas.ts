/**
 * What a step costs where it costs most, in per cent of what it costs where it costs least, and a little more: an
 * estimate is for the state of now, and what is mined before writes words for the first time, or moves a price over
 * ticks. Measured for bench/snapshots/gas.json; a clearing's venue, whose gas differs most, is not the market's own.
 */
const ROOM_PERCENT: Readonly<Record<string, bigint>> = { publish: 130n, submit: 160n, tally: 250n, clear: 200n };
const USUAL_ROOM_PERCENT = 200n;
/**
 * What a transaction may ask for at most (EIP-7825). A group of perps and options comes near it: each venue has room to
 * spare.
 */
const MOST_GAS = 2n ** 24n;

/** The limit of a step's transaction. What is not used of it is not paid. */
export function gasLimitFor(step: string, estimate: bigint): bigint {
  const roomy = (estimate * (ROOM_PERCENT[step] ?? USUAL_ROOM_PERCENT)) / 100n;
  if (roomy < MOST_GAS) return roomy;
  return estimate < MOST_GAS ? MOST_GAS : estimate;
}
