// Builds the circuits: compiles them, makes their development keys and their verifier contracts.
// Results go to circuits/artifacts/<profile>/<circuit>/. See the Build section of the README here.
import { Command, InvalidArgumentError } from "commander";
import { type BuildReport, buildCircuit, STAGES, verifyDevelopmentKey } from "./build/pipeline.ts";
import { silent, stderrProgress } from "./build/progress.ts";
import { closeSnarkjs } from "./build/snarkjs.ts";
import { CircuitError } from "./errors.ts";
import { PROFILE_NAMES, type ProfileName } from "./format.ts";
import { CIRCUITS, isProfile } from "./manifest.ts";

interface Options {
  readonly profile: ProfileName | "all";
  readonly circuit?: string;
  readonly discardCeremonyKey: boolean;
  readonly verify: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const program = new Command("build:circuits")
  .description("Compile the circuits and make their keys and verifier contracts. Only what changed is built again.")
  .option("-p, --profile <profile>", `which sizes: ${[...PROFILE_NAMES, "all"].join(", ")}`, parseProfile, "small")
  .option("-c, --circuit <name>", "only the circuit of this name")
  .option("--discard-ceremony-key", "replace a ceremony's key that no longer fits by a development key", false)
  .option("--verify", "also let snarkjs check each key against its constraints (minutes at the standard size)", false)
  .option("--json", "print a report as JSON on stdout", false)
  .option("-q, --quiet", "say nothing while building", false)
  .showHelpAfterError();

function parseProfile(text: string): ProfileName | "all" {
  if (text === "all" || isProfile(text)) return text;
  throw new InvalidArgumentError(`choose one of: ${[...PROFILE_NAMES, "all"].join(", ")}`);
}

const options = program.parse().opts<Options>();
const chosen = CIRCUITS.filter(
  ({ name, profile }) =>
    (options.profile === "all" || options.profile === profile) &&
    (options.circuit === undefined || options.circuit === name),
);
if (chosen.length === 0) program.error(`error: there is no circuit ${options.circuit} in profile ${options.profile}`);

const progress = options.quiet ? silent : stderrProgress();
try {
  const reports: BuildReport[] = [];
  for (const spec of chosen) {
    const report = await buildCircuit(spec, { progress, discardCeremonyKey: options.discardCeremonyKey });
    reports.push(report);
    progress.note(summary(report));
    if (options.verify && report.manifest.development) await verifyDevelopmentKey(report, { progress });
  }
  progress.close();
  if (options.json) process.stdout.write(`${JSON.stringify(reports, undefined, 2)}\n`);
} catch (error) {
  progress.close();
  if (!(error instanceof CircuitError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await closeSnarkjs();
}

function summary({ profile, circuit, stages, manifest }: BuildReport): string {
  const { constraints, domain } = manifest.size;
  const ran = STAGES.filter((stage) => stages[stage].ran !== null);
  const milliseconds = ran.reduce((sum, stage) => sum + stages[stage].milliseconds, 0);
  const what = ran.length === 0 ? "up to date" : `built ${ran.join(", ")} in ${(milliseconds / 1000).toFixed(1)} s`;
  const kind = manifest.development ? "development key" : "ceremony key";
  return `${profile}/${circuit}: ${what}; ${constraints} constraints in a domain of ${domain}, ${kind}`;
}
