import type { Mutant } from "./mutants.ts";

/** Weakenings that change nothing that is proven, and why. */
const EQUIVALENT: readonly { template: string; statement: RegExp; because: string }[] = [];

export const equivalent = ({ template, statement }: Mutant): string | undefined =>
  EQUIVALENT.find((one) => one.template === template && one.statement.test(statement))?.because;
