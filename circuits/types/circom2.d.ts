// The circom compiler as WebAssembly. Paths that it sees are those of `preopens`.
declare module "circom2" {
  export interface Bindings {
    readonly [name: string]: unknown;
  }
  export const bindings: Bindings;
  export class CircomRunner {
    constructor(options: {
      args: string[];
      env: Record<string, string | undefined>;
      /** Path inside → path outside. */
      preopens: Record<string, string>;
      bindings: Bindings;
    });
    execute(wasm: Uint8Array): Promise<void>;
  }
}
