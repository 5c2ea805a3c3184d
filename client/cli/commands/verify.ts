import { ownCircuit } from "../../node/ownCircuit.ts";
import { auditSubmission } from "../../sdk/roles/auditor.ts";
import { print, withChain } from "../context.ts";
import type { CommonOptions } from "../context.ts";

/** Exit code of a check that could not be made: it says nothing about the submission. */
const NOT_CHECKED = 3;

export function verify(vault: string, epoch: number, options: CommonOptions & { circuit?: string }): Promise<void> {
  process.exitCode = NOT_CHECKED;
  return withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const own = ownCircuit(chain.deployment.profile, options.circuit);
    const missing = "missing" in own ? own.missing : undefined;
    const audited = await auditSubmission(chain, vault, epoch, "missing" in own ? undefined : own);
    const report = { ...audited, ...(missing === undefined ? {} : { verifierNotCompared: missing }) };
    process.exitCode = report.ok ? 0 : 1;
    print(options.json, report, () =>
      [
        `submission of vault ${vault} in epoch ${epoch}, transaction ${report.transactionHash}`,
        ...report.checks.map(({ ok, claim, detail }) => `${ok ? "  ok   " : "  FAIL "} ${claim}: ${detail}`),
        ...(missing === undefined
          ? []
          : [`  not compared: the market's verifier and its key with ones built on this machine: ${missing}`]),
        report.ok ? "everything holds" : "NOT VALID",
      ].join("\n"),
    );
  });
}
