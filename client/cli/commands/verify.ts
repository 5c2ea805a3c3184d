import { auditSubmission } from "../../sdk/roles/auditor.ts";
import { print, withChain } from "../context.ts";
import type { CommonOptions } from "../context.ts";

/** Exit code of a check that could not be made: it says nothing about the submission. */
const NOT_CHECKED = 3;

export function verify(vault: string, epoch: number, options: CommonOptions): Promise<void> {
  process.exitCode = NOT_CHECKED;
  return withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const report = await auditSubmission(chain, vault, epoch);
    process.exitCode = report.ok ? 0 : 1;
    print(options.json, report, () =>
      [
        `submission of vault ${vault} in epoch ${epoch}, transaction ${report.transactionHash}`,
        ...report.checks.map(({ ok, claim, detail }) => `${ok ? "  ok   " : "  FAIL "} ${claim}: ${detail}`),
        report.ok ? "everything holds" : "NOT VALID",
      ].join("\n"),
    );
  });
}
