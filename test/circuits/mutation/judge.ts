import type { CircuitInputs } from "../../../prover/proving/port.ts";
import { WitnessGenerator } from "../../support/circuit.ts";
import type { Edit } from "../../support/circuit.ts";
import { forgery } from "../templates/template.ts";
import type { TemplateCases } from "../templates/template.ts";
import { weaken } from "./weaken.ts";
import type { Statement } from "./weaken.ts";

/**
 * `noticed`: weakened, the statement lets through what is refused otherwise: a case that must be refused, or a false
 * value and all that follows from it. `not made`: no harness of the template has the statement.
 */
export type Outcome = "noticed" | "survived" | "not made";

/** What the offset is added to: the values of a statement, at one of its places or at all, and what it is. */
type Offset = readonly [statement: number, place: number, by: number];
const NONE: Offset = [-1, 0, 0];
/** False values that are tried of one statement before it counts as one that nothing notices. */
const MOST_TRIES = 250;
const MOST_REPAIRS = 2;
const EVERYWHERE = -1;

/** A check that is broken is its statement's own, or another's. */
type Owner = number | "another";

const BROKEN = /(?:^|\.)Broken__(?:\d+)?_\d+(?:\[\d+\])*\.by$/;
const OWN = /^\w+?__(\d+)_\d+(?:\[\d+\])*\./;
const PLACE = /^(.*Offset___\d+(?:\[\d+\])*\.)place$/;

/** A harness of a template, compiled so that any of its statements can be weakened. */
class Weakened {
  readonly statements: readonly Statement[];
  readonly #generator: WitnessGenerator;
  readonly #checks: readonly (readonly [wire: number, owner: Owner])[];
  readonly #cases: TemplateCases;

  constructor(cases: TemplateCases, edits: readonly Edit[] = []) {
    const path = cases.path ?? ["t"];
    const { main, edits: all, statements } = weaken(cases.main, path, [...(cases.edits ?? []), ...edits]);
    this.#cases = cases;
    this.statements = statements;
    this.#generator = new WitnessGenerator(main, all, true);
    // A component that a statement makes stands right below the template, and its name says whose it is.
    const below = path.map((component) => `${component}.`).join("");
    this.#checks = [...this.#generator.wires].flatMap(([name, wire]): [number, Owner][] => {
      if (!BROKEN.test(name)) return [];
      const owner = name.startsWith(below) ? OWN.exec(name.slice(below.length))?.[1] : undefined;
      return [[wire, owner === undefined ? "another" : Number(owner)]];
    });
  }

  /**
   * Whose checks break.
   * @param repairs whether the prover may change inputs so that they fit
   */
  broken(inputs: CircuitInputs, offset: Offset = NONE, repairs = false): ReadonlySet<Owner> {
    const run = (of: CircuitInputs): ((wire: number) => bigint) =>
      this.#generator.values({ ...of, z_: offset.map(BigInt) });
    const { repair = (same) => same } = this.#cases;
    let value = run(inputs);
    // What is repaired may change what else the circuit computes.
    for (let given = inputs, left = repairs ? MOST_REPAIRS : 0; left > 0; left--) {
      const repaired = repair(given, (signal) => value(this.#generator.wires.get(signal)!));
      if (repaired === given) break;
      given = repaired;
      value = run(given);
    }
    return new Set(this.#checks.filter(([wire]) => value(wire) !== 0n).map(([, owner]) => owner));
  }

  /** The places of each statement that are in this harness. */
  places(): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, number[]>();
    const add = (statement: number, place: number): void => {
      found.set(statement, [...(found.get(statement) ?? []), place]);
    };
    const value = this.#generator.values({ ...this.#cases.accepts[0]!.inputs, z_: NONE.map(BigInt) });
    for (const [name, wire] of this.#generator.wires) {
      const component = PLACE.exec(name)?.[1];
      if (component !== undefined)
        add(Number(value(this.#generator.wires.get(`${component}statement`)!)), Number(value(wire)));
    }
    for (const [, owner] of this.#checks) if (owner !== "another" && !found.has(owner)) add(owner, EVERYWHERE);
    return found;
  }
}

/**
 * False values to try of a statement, in the order in which most are noticed soon. What must be refused is false as it
 * is: nobody repairs it.
 */
function* falseValues(
  { accepts, refuses }: TemplateCases,
  places: readonly number[],
): Generator<{ inputs: CircuitInputs; place: number; by: number; repairs: boolean }> {
  const refused = refuses.filter(({ set, forge }) => (set ?? forge) === undefined);
  const all = [EVERYWHERE];
  const single = places.length > 1 ? places : [];
  for (const [list, at] of [
    [accepts, all],
    [accepts.slice(0, 1), single],
    [refused, all],
    [accepts.slice(1), single],
    [refused, single],
  ] as const)
    for (const { inputs } of list)
      for (const place of at) for (const by of [1, -1]) yield { inputs, place, by, repairs: list !== refused };
}

/** What becomes of each statement of a template. */
export function judge(all: readonly TemplateCases[]): { statement: Statement; outcome: Outcome }[] {
  let outcomes: { statement: Statement; outcome: Outcome }[] | undefined;
  for (const cases of all) {
    if (outcomes?.every(({ outcome }) => outcome === "noticed")) break;
    const weakened = new Weakened(cases);
    outcomes ??= weakened.statements.map((statement) => ({ statement, outcome: "not made" }));

    // 1. Checks that are gone
    for (const { why, inputs } of cases.accepts)
      if (weakened.broken(inputs).size > 0) throw new Error(`${cases.template} does not accept ${why}`);
    for (const refused of cases.refuses) {
      if (refused.set !== undefined) continue;
      const forger = refused.forge === undefined ? weakened : new Weakened(cases, forgery(cases.file, refused));
      const owners = [...forger.broken(refused.inputs)];
      if (owners.length === 0) throw new Error(`${cases.template} does not refuse ${refused.why}`);
      if (owners.length === 1 && owners[0] !== "another") outcomes[owners[0]!]!.outcome = "noticed";
    }

    // 2. False values
    for (const [k, places] of weakened.places()) {
      const one = outcomes[k]!;
      if (one.outcome === "not made") one.outcome = "survived";
      if (one.outcome === "noticed" || one.statement.kind !== "assignment") continue;
      for (const { inputs, place, by, repairs } of [...falseValues(cases, places)].slice(0, MOST_TRIES)) {
        if (![...weakened.broken(inputs, [k, place, by], repairs)].every((owner) => owner === k)) continue;
        one.outcome = "noticed";
        break;
      }
    }
  }
  return outcomes ?? [];
}
