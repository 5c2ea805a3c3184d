// A powers-of-tau file for development, ready for phase 2, made from a tau that everybody knows.
//
// A real ceremony's file is prepared with FFTs over group elements, which takes snarkjs hours at the
// sizes of our circuits. Whoever knows tau can evaluate the Lagrange polynomials as plain numbers and
// multiply the generator once for each: seconds. The bytes are those snarkjs would have made.
import { BinFileWriter } from "../binfile.ts";
import { DEV_ALPHA, DEV_BETA, DEV_TAU } from "./trapdoor.ts";
import { geometric, lagrangeAt, packScalars, Q, R } from "../field.ts";
import type { FixedBasePool } from "./fixedBase.ts";
import type { Group } from "./fixedBaseWorker.ts";

/** Section numbers of snarkjs' .ptau format. */
const SECTION = {
  header: 1,
  tauG1: 2,
  tauG2: 3,
  alphaTauG1: 4,
  betaTauG1: 5,
  betaG2: 6,
  contributions: 7,
  lagrangeTauG1: 12,
  lagrangeTauG2: 13,
  lagrangeAlphaTauG1: 14,
  lagrangeBetaTauG1: 15,
} as const;

export interface DevPtauOptions {
  /**
   * Make only what keys of this domain (as a log) are made from and checked against, and leave the
   * rest zero: a fraction of the work, and of use for nothing else.
   */
  readonly onlyDomain?: number;
  readonly progress?: (done: number, total: number) => void;
}

type Block = readonly [group: Group, count: number, scalars: () => readonly bigint[]];

export async function writeDevPtau(
  path: string,
  log: number,
  pool: FixedBasePool,
  { onlyDomain, progress = () => {} }: DevPtauOptions = {},
): Promise<void> {
  const size = 2 ** log;
  if (onlyDomain !== undefined && onlyDomain >= log) throw new Error("the file must be for more than the one domain");

  const all: (readonly [section: number, blocks: readonly Block[]])[] = [
    [SECTION.tauG1, powers("g1", 1n, 2 * size - 1, onlyDomain === undefined ? undefined : 2 ** (onlyDomain + 1))],
    [SECTION.tauG2, powers("g2", 1n, size, onlyDomain === undefined ? undefined : 1)],
    [SECTION.alphaTauG1, powers("g1", DEV_ALPHA, size, onlyDomain === undefined ? undefined : 1)],
    [SECTION.betaTauG1, powers("g1", DEV_BETA, size, onlyDomain === undefined ? undefined : 1)],
    [SECTION.betaG2, powers("g2", DEV_BETA, 1)],
    [
      SECTION.lagrangeTauG1,
      lagrange("g1", 1n, log + 1, (domain) => domain === onlyDomain! + 1 || domain === onlyDomain),
    ],
    [SECTION.lagrangeTauG2, lagrange("g2", 1n, log)],
    [SECTION.lagrangeAlphaTauG1, lagrange("g1", DEV_ALPHA, log)],
    [SECTION.lagrangeBetaTauG1, lagrange("g1", DEV_BETA, log)],
  ];

  /** Powers of tau times a factor; after the first `wanted`, zeros. */
  function powers(group: Group, factor: bigint, count: number, wanted = count): readonly Block[] {
    return [
      [group, wanted, () => geometric(factor, DEV_TAU, wanted)],
      [group, count - wanted, () => []],
    ];
  }
  /** One block for each domain size up to 2^last. The file has too few powers for the largest in G1. */
  function lagrange(
    group: Group,
    factor: bigint,
    last: number,
    wanted = (domain: number): boolean => domain === onlyDomain,
  ): readonly Block[] {
    return Array.from({ length: last + 1 }, (_, domain): Block => {
      const make = (): readonly bigint[] => scaled(lagrangeAt(DEV_TAU, domain, domain > log), factor);
      return [group, 2 ** domain, onlyDomain === undefined || wanted(domain) ? make : () => []];
    });
  }

  const total = all.reduce((sum, [, blocks]) => sum + blocks.reduce((count, block) => count + block[1], 0), 0);
  let done = 0;
  const file = new BinFileWriter(path, "ptau", 1, Object.keys(SECTION).length);
  file.begin(SECTION.header);
  file.writeU32(32);
  file.write(packScalars([Q]));
  file.writeU32(log);
  file.writeU32(log);
  file.end();
  for (const [section, blocks] of all) {
    if (section === SECTION.lagrangeTauG1) {
      file.begin(SECTION.contributions);
      file.writeU32(0);
      file.end();
    }
    file.begin(section);
    for (const [group, count, make] of blocks) {
      const scalars = make();
      await pool.each(group, scalars, (piece, taken) => {
        file.write(piece.points);
        progress((done += taken), total);
      });
      const missing = count - scalars.length;
      if (missing > 0) file.write(new Uint8Array(missing * POINT_BYTES[group]));
      progress((done += missing), total);
    }
    file.end();
  }
  file.close();
}

const POINT_BYTES: Readonly<Record<Group, number>> = { g1: 64, g2: 128 };

function scaled(values: readonly bigint[], factor: bigint): readonly bigint[] {
  return factor === 1n ? values : values.map((value) => (value * factor) % R);
}
