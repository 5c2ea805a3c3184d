// What a compiled circuit depends on.
import { CIRCOM_FLAGS, mainFile } from "./compile.ts";
import { hashJson } from "./hashing.ts";
import { CIRCUITS_FOLDER, libraryFolder, packageVersion } from "./paths.ts";
import { includedSources, type IncludeRoot, type SourceFile } from "./sources.ts";
import type { CircuitSpec } from "../manifest.ts";

/** Raise when the compile stage itself changes what it makes. */
const COMPILE_STAGE = 1;

export interface CompileInputs {
  readonly key: string;
  readonly mainText: string;
  readonly roots: readonly IncludeRoot[];
  readonly sources: readonly SourceFile[];
}

/** @param sourceFolder where the circuit's own files are; circomlib is always the installed package. */
export function compileInputs(spec: CircuitSpec, sourceFolder = CIRCUITS_FOLDER): CompileInputs {
  const mainText = mainFile(spec);
  const roots: IncludeRoot[] = [
    { label: "circuits", folder: sourceFolder },
    { label: "node_modules", folder: libraryFolder() },
  ];
  const sources = includedSources(mainText, roots);
  const key = hashJson({
    stage: COMPILE_STAGE,
    circom2: packageVersion("circom2"),
    circomlib: packageVersion("circomlib"),
    flags: CIRCOM_FLAGS,
    main: mainText,
    sources: sources.map(({ name, sha256 }) => [name, sha256]),
  });
  return { key, mainText, roots, sources };
}
