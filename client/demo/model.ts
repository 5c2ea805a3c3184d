// What a run of the demo is asked for, and what it gives.
import type { ProfileName } from "../../prover/index.ts";
import type { EpochView, Footprint, Invariant, Outcomes, VaultTruth, VenueHistory } from "./observe.ts";

export interface DemoOptions {
  epochs: number;
  vaults: number;
  data?: string;
  from?: string;
  /** Folder of perps' funding, for the reporters. */
  funding?: string;
  /** Folder of implied volatility indices, for the reporters. */
  volatility?: string;
  modelSeed: string;
  profile: ProfileName;
  /** For the parties' folders and logs. */
  folder: string;
  /** Leave the market running after the epochs, until the user stops it. */
  stay?: boolean;
  stop: AbortSignal;
  /** Progress, a line at a time. */
  say: (text: string) => void;
  onReport: (report: DemoReport) => void;
}

export interface DemoReport {
  /** Something traded, and no invariant failed. */
  ok: boolean;
  machine: string;
  profile: ProfileName;
  data: string;
  /** `slots`: what was listed; `seen`: what the chain shows; `hidden`: what each vault really did. */
  epochs: { slots: { slot: number; name: string }[]; seen: EpochView; hidden: VaultTruth[] }[];
  outcomes: Outcomes;
  /** What could tell the vaults' strategies apart from outside. */
  footprints: Footprint[];
  /** What happened at the venues of the perps and options listed at the end. */
  venues: VenueHistory[];
  provingMs: { median: number; max: number };
  gas: Record<string, { calls: number; median: number; max: number }>;
  invariants: Invariant[];
  seconds: { setup: number; epochs: number };
}
