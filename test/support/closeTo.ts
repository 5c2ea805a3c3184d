/**
 * For `expect(x).to.satisfy(closeTo(target, tolerance))`: chai's `closeTo` is taken over by the chain matchers of the
 * same process, which refuse fractions.
 */
export const closeTo =
  (target: number, tolerance: number) =>
  (x: number): boolean =>
    Math.abs(x - target) <= tolerance;
