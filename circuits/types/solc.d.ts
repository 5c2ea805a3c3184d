declare module "solc" {
  const solc: {
    version(): string;
    /** Standard JSON in, standard JSON out. */
    compile(input: string): string;
  };
  export default solc;
}
