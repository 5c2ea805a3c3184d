/** Where the prices of `--data` and `--model-seed` come from, as a trained strategy file notes it. */
export const pricesOf = ({ data, modelSeed }: { data?: string; modelSeed: string }): string =>
  data === undefined ? `modelled (seed ${modelSeed})` : "recorded";
