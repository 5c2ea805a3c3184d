import { REPORTED_FIELDS } from "../format/profile.ts";
import { packSlot } from "../format/rowLanes.ts";
import { instrumentRows } from "./rows.ts";
import type { Instrument, MarketState, RowParams } from "./rows.ts";

/**
 * What reporters sign for one slot: its packed row words, then notional, slip, contingency and liquidity.
 * @throws SnapshotError as `instrumentRows`
 */
export function slotWords(instrument: Instrument, market: MarketState, params: RowParams): bigint[] {
  const rows = instrumentRows(instrument, market, params);
  return [...packSlot(rows), ...REPORTED_FIELDS.map((field) => rows[field])];
}
