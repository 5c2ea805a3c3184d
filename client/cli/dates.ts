import { parseUtc } from "../../prover/index.ts";
import { TacitError } from "../sdk/errors.ts";

/** Seconds since 1970. @throws TacitError `BAD_DATE` */
export function utc(option: string, date: string): number {
  try {
    return parseUtc(date);
  } catch {
    throw new TacitError(
      "BAD_DATE",
      `${option} "${date}" is no date: write 2021-05-01, its midnight UTC, or 2021-05-01T12:00Z`,
    );
  }
}
