// The circuits there are, at which sizes. `npm run build:circuits` makes keys for these and no others.

import { CircuitError } from "./errors.ts";
import { PROFILE_NAMES, PROFILES } from "./format.ts";
import type { ProfileName } from "./format.ts";

export interface CircuitSpec {
  readonly name: string;
  readonly profile: ProfileName;
  /** The file that declares the template, relative to this folder. */
  readonly source: string;
  readonly template: string;
  /** In the order in which the template takes them. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Inputs that are public. The template's outputs are public too, and come before them. */
  readonly publicInputs: readonly string[];
}

export const CIRCUITS: readonly CircuitSpec[] = PROFILE_NAMES.map((profile) => ({
  name: "rebalance",
  profile,
  source: "rebalance.circom",
  template: "Rebalance",
  parameters: PROFILES[profile].sizes,
  publicInputs: ["x"],
}));

export function isProfile(text: string): text is ProfileName {
  return (PROFILE_NAMES as readonly string[]).includes(text);
}

export function findCircuit(profile: ProfileName, name: string): CircuitSpec {
  const spec = CIRCUITS.find((circuit) => circuit.profile === profile && circuit.name === name);
  if (spec !== undefined) return spec;
  const known = CIRCUITS.map((circuit) => `${circuit.profile}/${circuit.name}`).join(", ");
  throw new CircuitError(`there is no circuit ${profile}/${name}; there are: ${known}`);
}
