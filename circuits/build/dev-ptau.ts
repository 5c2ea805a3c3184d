// A powers-of-tau file for development, ready for phase 2, made from a tau that everybody knows.
//
// A real ceremony's file is prepared with FFTs over group elements, which takes snarkjs hours at the
// sizes of our circuits. Whoever knows tau can evaluate the Lagrange polynomials as plain numbers and
// multiply the generator once for each: seconds. The bytes are those snarkjs would have made.
import { BinFileWriter } from "./binfile.ts";
import { DEV_ALPHA, DEV_BETA, DEV_TAU } from "./dev-trapdoor.ts";
import { geometric, lagrangeAt, packScalars, Q, R } from "./field.ts";
import type { FixedBasePool } from "./fixed-base.ts";
import type { Group } from "./fixed-base-worker.ts";

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

export function devPtauPoints(log: number): number {
  const size = 2 ** log;
  const lagrange = 2 * size - 1;
  return 2 * size - 1 + 3 * size + 1 + 4 * lagrange + 2 * size;
}

export async function writeDevPtau(
  path: string,
  log: number,
  pool: FixedBasePool,
  progress: (points: number) => void = () => {},
): Promise<void> {
  const size = 2 ** log;
  const file = new BinFileWriter(path, "ptau", 1, Object.keys(SECTION).length);
  let done = 0;
  const emit = (group: Group, scalars: readonly bigint[]): Promise<void> =>
    pool.each(group, scalars, (piece, count) => {
      file.write(piece.points);
      progress((done += count));
    });
  const section = async (id: number, blocks: Iterable<readonly [Group, readonly bigint[]]>): Promise<void> => {
    file.begin(id);
    for (const [group, scalars] of blocks) await emit(group, scalars);
    file.end();
  };

  file.begin(SECTION.header);
  file.writeU32(32);
  file.write(packScalars([Q]));
  file.writeU32(log);
  file.writeU32(log);
  file.end();

  await section(SECTION.tauG1, [["g1", geometric(1n, DEV_TAU, 2 * size - 1)]]);
  await section(SECTION.tauG2, [["g2", geometric(1n, DEV_TAU, size)]]);
  await section(SECTION.alphaTauG1, [["g1", geometric(DEV_ALPHA, DEV_TAU, size)]]);
  await section(SECTION.betaTauG1, [["g1", geometric(DEV_BETA, DEV_TAU, size)]]);
  await section(SECTION.betaG2, [["g2", [DEV_BETA]]]);
  file.begin(SECTION.contributions);
  file.writeU32(0);
  file.end();

  // One block of Lagrange points for each domain size up to the file's own.
  function* blocks(group: Group, factor: bigint): Generator<readonly [Group, readonly bigint[]]> {
    for (let domainLog = 0; domainLog <= log; domainLog++) yield [group, scaled(lagrangeAt(DEV_TAU, domainLog), factor)];
  }
  function* tauG1Blocks(): Generator<readonly [Group, readonly bigint[]]> {
    yield* blocks("g1", 1n);
    yield ["g1", lagrangeAt(DEV_TAU, log + 1, true)];
  }
  await section(SECTION.lagrangeTauG1, tauG1Blocks());
  await section(SECTION.lagrangeTauG2, blocks("g2", 1n));
  await section(SECTION.lagrangeAlphaTauG1, blocks("g1", DEV_ALPHA));
  await section(SECTION.lagrangeBetaTauG1, blocks("g1", DEV_BETA));
  file.close();
}

function scaled(values: readonly bigint[], factor: bigint): readonly bigint[] {
  return factor === 1n ? values : values.map((value) => (value * factor) % R);
}
