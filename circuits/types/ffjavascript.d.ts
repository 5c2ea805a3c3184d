// The part of ffjavascript that this project calls.
declare module "ffjavascript" {
  /** An element in the library's own form; only its functions know the layout. */
  export type Element = Uint8Array;

  export interface Field {
    readonly n8: number;
    readonly s: number;
    readonly zero: Element;
    readonly one: Element;
    readonly w: readonly Element[];
    e(value: bigint | number | string): Element;
    add(a: Element, b: Element): Element;
    sub(a: Element, b: Element): Element;
    mul(a: Element, b: Element): Element;
    inv(a: Element): Element;
    neg(a: Element): Element;
    eq(a: Element, b: Element): boolean;
    toObject(a: Element): bigint;
    fromRng(stream: ChaCha): Element;
  }

  export interface CurveGroup<Coordinates> {
    readonly F: { readonly n8: number };
    /** The generator, in Montgomery form and Jacobian coordinates. */
    readonly g: Element;
    readonly zero: Element;
    add(a: Element, b: Element): Element;
    neg(a: Element): Element;
    eq(a: Element, b: Element): boolean;
    isZero(a: Element): boolean;
    timesFr(a: Element, scalar: Element): Element;
    timesScalar(a: Element, scalar: bigint): Element;
    toAffine(a: Element): Element;
    toObject(a: Element): Coordinates;
    fromObject(coordinates: Coordinates): Element;
    fromRng(stream: ChaCha): Element;
    /** Affine, little-endian, in Montgomery form: as key files have it. */
    toRprLEM(to: Uint8Array, offset: number, point: Element): void;
    /** Affine, big-endian: as transcripts hash it. */
    toRprUncompressed(to: Uint8Array, offset: number, point: Element): void;
  }

  export type G1Coordinates = readonly [bigint, bigint, bigint] | bigint[];
  export type G2Coordinates = readonly (readonly [bigint, bigint])[] | bigint[][];

  export interface Curve {
    readonly name: string;
    readonly q: bigint;
    readonly r: bigint;
    readonly Fr: Field;
    readonly G1: CurveGroup<G1Coordinates>;
    readonly G2: CurveGroup<G2Coordinates>;
    readonly tm: { readonly code: Uint8Array<ArrayBuffer> };
    terminate(): Promise<void>;
  }

  /** A stream of numbers from eight 32-bit words of seed. */
  export class ChaCha {
    constructor(seed: readonly number[]);
    nextU32(): number;
  }

  export function buildBn128(singleThread?: boolean): Promise<Curve>;
}
