// The circuits there are, at which sizes. `npm run build:circuits` makes keys for these and no others.

import { CircuitError } from "./errors.ts";

export const PROFILES = ["small", "standard"] as const;
/** `small` is for tests: the same constraints on fewer slots and members. `standard` is what a market runs. */
export type Profile = (typeof PROFILES)[number];

export interface CircuitSpec {
  readonly name: string;
  readonly profile: Profile;
  /** The file that declares the template, relative to this folder. */
  readonly source: string;
  readonly template: string;
  /** In the order in which the template takes them. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Inputs that are public. The template's outputs are public too, and come before them. */
  readonly publicInputs: readonly string[];
}

export const CIRCUITS: readonly CircuitSpec[] = [
  {
    name: "rebalance",
    profile: "small",
    source: "rebalance.circom",
    template: "Rebalance",
    parameters: { N: 4, U: 2, S: 4, M: 3, T_ORDER: 1, T_BOOK: 2 },
    publicInputs: ["x"],
  },
  {
    name: "rebalance",
    profile: "standard",
    source: "rebalance.circom",
    template: "Rebalance",
    parameters: { N: 16, U: 4, S: 23, M: 5, T_ORDER: 2, T_BOOK: 3 },
    publicInputs: ["x"],
  },
];

export function isProfile(text: string): text is Profile {
  return (PROFILES as readonly string[]).includes(text);
}

export function findCircuit(profile: Profile, name: string): CircuitSpec {
  const spec = CIRCUITS.find((circuit) => circuit.profile === profile && circuit.name === name);
  if (spec !== undefined) return spec;
  const known = CIRCUITS.map((circuit) => `${circuit.profile}/${circuit.name}`).join(", ");
  throw new CircuitError(`there is no circuit ${profile}/${name}; there are: ${known}`);
}
