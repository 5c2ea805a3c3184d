import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CIRCUITS_FOLDER, libraryFolder } from "../../../circuits/build/paths.ts";
import type { Edit } from "../../support/circuit.ts";

/**
 * As much of circom's grammar as it takes to weaken a statement: templates and buses of all sources, their statements,
 * and what a signal is made of. Nothing about any single template or bus is written down here.
 */

/** What a signal or a bus is: an array of `dims`, of tagged numbers or of a bus. */
export interface Type {
  readonly bus?: { readonly name: string; readonly args: readonly string[] };
  readonly tags: readonly string[];
  readonly dims: readonly string[];
}

/** A piece of a template's body up to its semicolon, without the heads of loops and conditions before it. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Definition {
  readonly name: string;
  readonly file: string;
  readonly params: readonly string[];
  /** With its head and its braces, comments blanked. */
  readonly text: string;
  /** Where the text starts in its file. */
  readonly at: number;
  readonly chunks: readonly Chunk[];
  readonly signals: ReadonlyMap<string, Type & { readonly port: "input" | "output" | undefined }>;
  readonly components: ReadonlyMap<
    string,
    { readonly dims: number; readonly template: string; readonly args: readonly string[] }
  >;
}

/** All definitions of the project and of circomlib. */
export interface Sources {
  /** Texts by name, like "circuits/lib/rows.circom", comments blanked. */
  readonly texts: ReadonlyMap<string, string>;
  readonly templates: ReadonlyMap<string, Definition>;
  readonly buses: ReadonlyMap<string, Definition>;
}

// ------------------------------------------------------------------------------------------------ text

const blank = (text: string): string => text.replace(/[^\n]/g, " ");
/** Keeps every other character at its place. */
export const withoutComments = (text: string): string => text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, blank);

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The place behind the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  const [opens, closes] = [text[open]!, CLOSING[text[open]!]!];
  for (let i = open; i < text.length; i++) {
    if (text[i] === opens) depth++;
    else if (text[i] === closes && --depth === 0) return i + 1;
  }
  throw new Error(`"${text.slice(open, open + 40)}" is never closed`);
}

/** The parts of a list at its own commas. */
export function parts(list: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= list.length; i++) {
    const char = list[i];
    if (char !== undefined && "([{".includes(char)) depth++;
    else if (char !== undefined && ")]}".includes(char)) depth--;
    else if (depth === 0 && (char === "," || char === undefined)) {
      const part = list.slice(from, i).trim();
      if (part !== "") found.push(part);
      from = i + 1;
    }
  }
  return found;
}

const TAGS_FOLLOW = /^\s*signal(\s+(input|output))?\s*$/;

/** The chunks of a text's braces. */
export function chunksOf(text: string): Chunk[] {
  const found: Chunk[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (depth > 0) continue;
    else if (char === "{" && TAGS_FOLLOW.test(text.slice(start, i))) i = closing(text, i) - 1;
    else if (char === "{" || char === "}") start = i + 1;
    else if (char === ";") {
      const from = afterHeads(text, start);
      found.push({ start: from, end: i + 1, text: text.slice(from, i).replace(/\s+/g, " ").trim() });
      start = i + 1;
    }
  }
  return found;
}

/** Skips what controls a statement. */
function afterHeads(text: string, start: number): number {
  for (let at = start; ; ) {
    const head = /^\s*(?:(else)\b|(?:for|if|while)\s*(?=\())|^\s*/.exec(text.slice(at))!;
    at += head[0].length;
    if (head[1] !== undefined) continue;
    if (head[0].trim() === "") return at;
    at = closing(text, at);
  }
}

// ------------------------------------------------------------------------------------------------ definitions

const DEFINITION = /^(template|bus)\s+(?:custom\s+|parallel\s+)?(\w+)\s*\(([^)]*)\)\s*(?:parallel\s*)?\{/gm;
const SIGNAL = /^signal\b\s*(?:(input|output)\b\s*)?(?:\{([^}]*)\}\s*)?(.+)$/;
const BUS_SIGNAL = /^(?:(input|output)\s+)?([A-Z]\w*)\s*\(((?:[^()]|\([^()]*\))*)\)\s*([A-Za-z_].*)$/;
const COMPONENT = /^component\s+(\w+)\s*((?:\[.*?\])*)\s*(?:=\s*(.*))?$/;
const MADE = /^(\w+)\s*((?:\[.*?\])+)\s*=\s*([A-Z]\w*\s*\(.*\))$/;
const INSTANCE = /^(?:parallel\s+)?([A-Z]\w*)\s*\((.*)\)$/;

function define(file: string, text: string): { kind: string; definition: Definition }[] {
  return [...text.matchAll(DEFINITION)].map((match) => {
    const [head, kind, name, params] = match;
    const end = closing(text, match.index + head.length - 1);
    const own = text.slice(match.index, end);
    const chunks = chunksOf(own);
    const signals = new Map<string, Type & { port: "input" | "output" | undefined }>();
    const components = new Map<string, { dims: number; template: string; args: string[] }>();
    const declare = (names: string, port: string | undefined, type: Pick<Type, "bus" | "tags">): void => {
      for (const part of parts(names.replace(/<(?:==|--).*$/, ""))) {
        const [root, ...path] = accessors(part) ?? [];
        if (root !== undefined)
          signals.set(root, {
            ...type,
            dims: path.map((index) => index.slice(1, -1)),
            port: port as "input" | undefined,
          });
      }
    };
    for (const chunk of chunks) {
      const signal = SIGNAL.exec(chunk.text);
      const bus = BUS_SIGNAL.exec(chunk.text);
      const component = COMPONENT.exec(chunk.text);
      const made = MADE.exec(chunk.text) ?? (component?.[3] === undefined ? null : component);
      if (signal !== null) declare(signal[3]!, signal[1], { tags: parts(signal[2] ?? "") });
      else if (bus !== null) declare(bus[4]!, bus[1], { bus: { name: bus[2]!, args: parts(bus[3]!) }, tags: [] });
      const instance = made === null ? null : INSTANCE.exec(made[3]!);
      if (instance !== null)
        components.set(made![1]!, {
          dims: (accessors(made![1]! + made![2]!) ?? [""]).length - 1,
          template: instance[1]!,
          args: parts(instance[2]!),
        });
    }
    const definition = {
      name: name!,
      file,
      params: parts(params!),
      text: own,
      at: match.index,
      chunks,
      signals,
      components,
    };
    return { kind: kind!, definition };
  });
}

/** Root, indices and fields of a reference, ["a", "[i]", ".b"]; undefined of anything else. */
function accessors(text: string): string[] | undefined {
  const root = /^[A-Za-z_]\w*/.exec(text)?.[0];
  if (root === undefined) return undefined;
  const found = [root];
  for (let at = root.length; at < text.length; ) {
    const field = /^\.[A-Za-z_]\w*/.exec(text.slice(at))?.[0];
    if (field !== undefined) found.push(field);
    else if (text[at] === "[") found.push(text.slice(at, closing(text, at)));
    else return undefined;
    at += found.at(-1)!.length;
  }
  return found;
}

function circomFiles(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return path.endsWith(".circom") ? [path] : [];
  return readdirSync(join(root, path))
    .filter((name) => !["artifacts", ".cache", "test"].includes(name))
    .flatMap((name) => circomFiles(root, join(path, name)));
}

const ROOTS: readonly (readonly [label: string, root: string, path: string])[] = [
  ["circuits", CIRCUITS_FOLDER, "."],
  ["node_modules", libraryFolder(), "circomlib/circuits"],
];

/** @param main definitions beside those of the files */
export function readSources(edits: readonly Edit[] = [], main = ""): Sources {
  const texts = new Map(
    ROOTS.flatMap(([label, root, path]) =>
      circomFiles(root, path).map((file) => {
        const name = `${label}/${file}`;
        const text = edits.reduce((all, edit) => edit(name, all), readFileSync(join(root, file), "utf8"));
        return [name, withoutComments(text)] as const;
      }),
    ),
  ).set("main", withoutComments(main));
  const all = [...texts].flatMap(([file, text]) => define(file, text));
  const of = (kind: string): Map<string, Definition> =>
    new Map(all.filter((one) => one.kind === kind).map(({ definition }) => [definition.name, definition]));
  return { texts, templates: of("template"), buses: of("bus") };
}

// ------------------------------------------------------------------------------------------------ types

/** An expression about a definition's parameters, said of arguments. */
function substitute(text: string, params: readonly string[], args: readonly string[]): string {
  return text.replace(/[A-Za-z_]\w*/g, (word) => (params.includes(word) ? `(${args[params.indexOf(word)]})` : word));
}

const ofArguments = (type: Type, { params }: Definition, args: readonly string[]): Type => ({
  ...type,
  ...(type.bus === undefined
    ? {}
    : { bus: { name: type.bus.name, args: type.bus.args.map((arg) => substitute(arg, params, args)) } }),
  dims: type.dims.map((dim) => substitute(dim, params, args)),
});

/** The signals of a bus, each of its arguments. */
export function fieldsOf({ buses }: Sources, { name, args }: NonNullable<Type["bus"]>): [name: string, type: Type][] {
  const bus = buses.get(name);
  if (bus === undefined) throw new Error(`there is no bus ${name}`);
  return [...bus.signals].map(([field, type]) => [field, ofArguments(type, bus, args)]);
}

/** What a reference in a template means; undefined if it is no signal. */
export function typeOf(sources: Sources, template: Definition, reference: string): Type | undefined {
  const [root, ...path] = accessors(reference) ?? [];
  if (root === undefined) return undefined;
  let type: Type | undefined = template.signals.get(root);
  if (type === undefined) {
    const component = template.components.get(root);
    const made = component && sources.templates.get(component.template);
    const port = component && path[component.dims];
    const found = port === undefined ? undefined : made?.signals.get(port.slice(1));
    if (component === undefined || made === undefined || found === undefined) return undefined;
    type = ofArguments(found, made, component.args);
    path.splice(0, component.dims + 1);
  }
  for (const step of path) {
    if (step.startsWith("[")) type = { ...type, dims: type.dims.slice(1) };
    else {
      const field: Type | undefined =
        type.bus && fieldsOf(sources, type.bus).find(([name]) => name === step.slice(1))?.[1];
      if (field === undefined) return undefined;
      type = field;
    }
  }
  return type;
}

/** A call of an anonymous component, `Name(args)(inputs)`, which is all of the text. */
export function callOf(text: string): { name: string; args: string[]; inputs: string } | undefined {
  const name = /^[A-Z]\w*(?=\()/.exec(text)?.[0];
  if (name === undefined) return undefined;
  const middle = closing(text, name.length);
  if (text[middle] !== "(" || closing(text, middle) !== text.length) return undefined;
  return { name, args: parts(text.slice(name.length + 1, middle - 1)), inputs: text.slice(middle + 1, -1) };
}

/** What a call gives. */
export function outputOf({ templates }: Sources, name: string, args: readonly string[]): Type | undefined {
  const template = templates.get(name);
  const outputs = [...(template?.signals.values() ?? [])].filter(({ port }) => port === "output");
  return template === undefined || outputs.length !== 1 ? undefined : ofArguments(outputs[0]!, template, args);
}
