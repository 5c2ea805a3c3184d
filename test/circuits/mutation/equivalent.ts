/** Statements that nothing follows from which others do not say as well, and why. */
const EQUIVALENT: readonly { template: string; statement: RegExp; because: string }[] = [];

export const equivalent = (template: string, text: string): string | undefined =>
  EQUIVALENT.find((one) => one.template === template && one.statement.test(text))?.because;
