import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../circuits/build/compile.ts";
import { compileInputs } from "../../circuits/build/inputs.ts";
import { buildCircuit, compileCircuit } from "../../circuits/build/pipeline.ts";
import { readR1csHeader } from "../../circuits/build/r1cs.ts";
import { CIRCUITS } from "../../circuits/manifest.ts";
import type { CircuitSpec } from "../../circuits/manifest.ts";
import { constraintTable } from "../circuits.ts";
import type { ConstraintTable } from "../circuits.ts";
import { MAIN_CIRCUIT } from "../section.ts";
import type { Section } from "../section.ts";
import { rounded, timed } from "../statistics.ts";

interface CircuitFigures {
  readonly constraints: number;
  readonly wires: number;
  /** Rows of the Groth16 domain, a power of two. */
  readonly domain: number;
  /** Left out of a brief run. */
  readonly compileMs?: number;
  readonly keyBytes?: number;
}

/** By circuit and profile. */
type Sizes = Record<string, Record<string, CircuitFigures>>;

interface Figures {
  readonly sizes: Sizes;
  /** Where the main circuit's constraints go. Left out of a brief run. */
  readonly parts?: ConstraintTable;
}

/** Sizes of every circuit at every profile. */
export const circuits: Section<Figures> = {
  async measure({ profile, brief, progress }) {
    const sizes: Sizes = {};
    for (const spec of CIRCUITS) {
      const { r1cs } = await compileCircuit(spec, { progress });
      const { constraints, wires, domainLog } = readR1csHeader(r1cs);
      const size = { constraints, wires, domain: 2 ** domainLog };
      if (brief) {
        (sizes[spec.name] ??= {})[spec.profile] = size;
        continue;
      }
      const { manifest } = await buildCircuit(spec, { progress });
      const task = progress.start(`${spec.profile}/${spec.name}: compile anew`);
      const compileMs = rounded(await timed(() => compileAnew(spec)));
      task.end();
      (sizes[spec.name] ??= {})[spec.profile] = {
        ...size,
        compileMs,
        keyBytes: manifest.outputs["circuit.zkey"].bytes,
      };
    }
    if (brief) return { sizes };
    const task = progress.start(`${profile}/${MAIN_CIRCUIT}: constraints by part`);
    const parts = await constraintTable(profile);
    task.end();
    return { sizes, parts };
  },

  summary: ({ sizes }) => mapSizes(sizes, ({ constraints, wires, domain }) => ({ constraints, wires, domain })),

  tables: ({ sizes, parts }) => [
    {
      title: "Circuits",
      columns: ["circuit", "profile", "constraints", "wires", "domain", "compile, s", "proving key, MB"],
      rows: Object.entries(sizes).flatMap(([name, profiles]) =>
        Object.entries(profiles).map(([profile, { constraints, wires, domain, compileMs, keyBytes }]) => [
          name,
          profile,
          constraints,
          wires,
          domain,
          compileMs === undefined ? null : rounded(compileMs / 1e3),
          keyBytes === undefined ? null : rounded(keyBytes / 1e6),
        ]),
      ),
    },
    ...(parts === undefined
      ? []
      : [
          {
            title: `Constraints of ${MAIN_CIRCUIT}, ${parts.profile}`,
            columns: ["part", "templates", "constraints"],
            rows: parts.rows.map(({ part, templates, constraints }) => [part, templates, constraints]),
          },
        ]),
  ],
};

/** Compiles into a folder that is thrown away, whatever has been built. */
async function compileAnew(spec: CircuitSpec): Promise<void> {
  const { mainText, roots } = compileInputs(spec);
  const folder = mkdtempSync(join(tmpdir(), "tacit-compile-"));
  try {
    await compile(mainText, roots, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const mapSizes = <T>(sizes: Sizes, shape: (one: CircuitFigures) => T): Record<string, Record<string, T>> =>
  Object.fromEntries(
    Object.entries(sizes).map(([name, profiles]) => [
      name,
      Object.fromEntries(Object.entries(profiles).map(([profile, one]) => [profile, shape(one)])),
    ]),
  );
