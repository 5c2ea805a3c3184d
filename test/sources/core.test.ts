import { resolve } from "node:path";
import { expect } from "chai";
import ts from "typescript";

/** What `tsc -p tsconfig.core.json` says of the core with more files in it, by file. */
function faults(planted: Readonly<Record<string, string>>): Map<string, string[]> {
  const config = ts.getParsedCommandLineOfConfigFile(
    resolve("tsconfig.core.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
      },
    },
  )!;
  const texts = new Map(Object.entries(planted).map(([file, text]) => [resolve(file), text]));
  const host = ts.createCompilerHost(config.options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, target, ...rest) : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...config.fileNames, ...texts.keys()], config.options, host);
  const found = new Map<string, string[]>();
  for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const path = file === undefined ? "" : file.fileName.slice(resolve().length + 1);
    found.set(path, [...(found.get(path) ?? []), ts.flattenDiagnosticMessageText(messageText, "\n")]);
  }
  return found;
}

describe("The core", () => {
  it("knows no Node: neither its modules nor its names, nor through what it imports", function () {
    this.timeout(120_000);
    const node = [
      'export { readFileSync } from "node:fs";',
      'export { readFileSync } from "fs";',
      'export const late = () => import("path/posix");',
      "export const bytes = Buffer.from([]);",
      "export const nameOf = (process: { name: string }) => process.name;\nexport const shell = process.env;",
      'export const shell = globalThis["process"].env;',
      "export const shell = globalThis.process?.env;",
      "export const here = import.meta.dirname;",
      "export const turn = () => new Promise((resolve) => setImmediate(resolve));",
      "export const timer = setTimeout(() => {}, 1).unref();",
      'export const x = require("./book.ts");',
    ];
    const web = [
      "export const nameOf = (process: { name: string }) => ({ process: process.name });",
      "export const words = new TextEncoder().encode(crypto.randomUUID());",
      'export const page = (): Promise<Response> => fetch("https://example.org", { signal: AbortSignal.timeout(1) });',
    ];
    const found = faults({
      ...Object.fromEntries(node.map((text, i) => [`prover/book/node${i}.ts`, text])),
      ...Object.fromEntries(web.map((text, i) => [`client/sdk/web${i}.ts`, text])),
      "prover/base/through.ts": 'export { loadArtifacts } from "../../circuits/artifacts.ts";',
    });
    for (const [i, text] of node.entries()) expect(found.get(`prover/book/node${i}.ts`), text).to.have.length(1);
    expect(found.get("circuits/artifacts.ts"), "through what it imports").to.not.equal(undefined);
    const elsewhere = [...found.keys()].filter((file) => !/^(prover\/book\/node|circuits\/)/.test(file));
    expect(elsewhere).to.deep.equal([]);
  });
});
