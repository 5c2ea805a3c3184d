// quadprog carries no types. Lists and matrices count from 1.
declare module "quadprog" {
  type Vector = readonly (number | undefined)[];
  interface Answer {
    readonly solution: readonly number[];
    /** Empty if there is a solution. */
    readonly message: string;
  }
  /** min ½·xᵀDx − dᵀx where Aᵀx ≥ b */
  function solveQP(d: readonly (Vector | undefined)[], linear: Vector, a: readonly Vector[], b: Vector): Answer;
  const quadprog: { solveQP: typeof solveQP };
  export default quadprog;
}
