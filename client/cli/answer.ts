import { hash } from "../sdk/format.ts";

/** The end of a name says how its number is written: README.md here. */
const AMOUNT = /(MicroUsd|[lL]ots|[sS]hareUnits|lotSize)$/;
const HASH = /(Hash|Commitment)$/;

/** What a program answers scripts with: JSON, numbers written by their names. An array's items have its name. */
export function answer(value: unknown, indent?: number): string {
  const written = (one: unknown, name: string): unknown => {
    if (typeof one === "bigint") return HASH.test(name) ? hash(one) : AMOUNT.test(name) ? String(one) : Number(one);
    if (Array.isArray(one)) return one.map((item) => written(item, name));
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([field, inside]) => [field, written(inside, field)]));
  };
  return JSON.stringify(written(value, ""), null, indent);
}
