/**
 * What programs print, held to client/cli/README.md: JSON by the names of its fields, text by how numbers are written.
 * Every program that a test runs is held to it.
 */

const AMOUNT = /(MicroUsd|[lL]ots|[sS]hareUnits|lotSize)$/;
const HASH = /(Hash|Commitment)$/;
/** Other numbers of 32 bytes: a member's key and proof, the fingerprint of a committee. */
const WORD = /^(key[XY]|proof[XYS]|committee)$/;
/** Prose, which may be a hash alone. */
const PROSE = /^detail$/;
const TIME = /(At|Utc)$|^now$/;
/** Seconds since 1970 in this century, as no count of anything here comes to. */
const isTime = (value: number): boolean => Number.isInteger(value) && value > 946_684_800 && value < 4_102_444_800;

/** What of a JSON value is not as it has to be, by the path to it. */
export function misnamed(value: unknown, path = ""): string[] {
  const name = /(\w+)(?:\[\d+\])*$/.exec(path)?.[1] ?? "";
  const unless = (holds: boolean, what: string): string[] => (holds ? [] : [`${path}: ${what}`]);
  if (Array.isArray(value)) return value.flatMap((item, i) => misnamed(item, `${path}[${i}]`));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([field, inside]) => [
      ...unless(/^[a-z][a-zA-Z0-9]*$/.test(field), `the name ${field} is not in camelCase`),
      ...misnamed(inside, path === "" ? field : `${path}.${field}`),
    ]);
  if (value === null) return [];
  if (AMOUNT.test(name))
    return unless(typeof value === "string" && /^(0|-?[1-9]\d*)$/.test(value), `${value} is no decimal string`);
  if (HASH.test(name) || WORD.test(name))
    return unless(typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value), `${value} is no 0x-hex of 32 bytes`);
  if (typeof value === "number") return unless(TIME.test(name) || !isTime(value), `${value} is a time by another name`);
  if (typeof value !== "string") return [];
  if (value.includes(" ")) return misprinted(value).map((what) => `${path}: ${what}`);
  if (PROSE.test(name)) return [];
  return [
    ...unless(!/^-?\d{2,}$/.test(value), `${value} is a number in quotes, and its name has no unit`),
    ...unless(
      !/^0x[0-9a-fA-F]+$/.test(value) || value.length === 42,
      `${value} is neither an address nor by a hash's name`,
    ),
  ];
}

const WRONG: readonly (readonly [what: RegExp, how: string])[] = [
  [/\$\d{4,}/, "thousands without a comma"],
  [/\$[\d,]+\.\d(?!\d)/, "cents of one digit"],
  [/\$[-−]|−\$/, "a sign that is not before the dollars"],
  [
    /(?<![\d.,-])1 (vault|submission|epoch|lot|row|time|hour|day|share|net|slot|audit|decision)s\b/,
    "one, in the plural",
  ],
  [/(?<![\d.,-])(0|[2-9]|[1-9]\d+) (vault|submission|epoch|lot|share|row)(?![\w-])/, "many, in the singular"],
  [/:\d\d\.\d+Z/, "a time to the millisecond"],
  [/\b\d{40,}\b/, "a hash in decimal"],
  [/\d%/, "a percentage without a space"],
  [/(?<![\d.,])-0(\.0+)? %/, "a zero with a sign"],
  [/(?<![\d.,])\d{5,} (lots?|shares?|vaults?|submissions?)\b/, "a count without a comma"],
];

/** What of a text is written otherwise than everywhere else. */
export const misprinted = (text: string): string[] =>
  WRONG.flatMap(([what, how]) => {
    const found = what.exec(text);
    if (found === null) return [];
    const { index } = found;
    return [`${how}: …${text.slice(Math.max(0, index - 30), index + 40)}…`];
  });

/** The same of all that a program has printed, its log lines too. */
export function misworded(output: string): string[] {
  const lines = output.split("\n");
  const isJson = (line: string): boolean => /^\{.*\}$/.test(line);
  return [
    ...lines.filter(isJson).flatMap((line) => {
      // A log's own fields: pino's.
      const { time: _, ...said } = JSON.parse(line) as Record<string, unknown>;
      return misnamed(said);
    }),
    ...misprinted(lines.filter((line) => !isJson(line)).join("\n")),
  ];
}
