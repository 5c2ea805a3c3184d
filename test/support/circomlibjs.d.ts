/** The parts of circomlibjs 0.1.7 in use; the package ships no types. */
declare module "circomlibjs" {
  type Element = Uint8Array;
  interface Field {
    e(x: bigint | string): Element;
    toObject(x: Element): bigint;
  }
  export interface Poseidon {
    (inputs: readonly bigint[], initialState: bigint, outputs: 1): Element;
    (inputs: readonly bigint[], initialState: bigint, outputs: number): Element | Element[];
    F: Field;
  }
  export function buildPoseidonReference(): Promise<Poseidon>;
  export interface BabyJub {
    F: Field;
    Base8: [Element, Element];
    addPoint(a: [Element, Element], b: [Element, Element]): [Element, Element];
    mulPointEscalar(point: [Element, Element], scalar: bigint): [Element, Element];
    inSubgroup(point: [Element, Element]): boolean;
  }
  export function buildBabyjub(): Promise<BabyJub>;
}
