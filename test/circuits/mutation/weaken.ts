import type { Edit, TestMain } from "../../support/circuit.ts";
import { callOf, chunksOf, fieldsOf, outputOf, parts, readSources, typeOf, withoutComments } from "./source.ts";
import type { Chunk, Definition, Sources, Type } from "./source.ts";

/**
 * A harness in which any statement of one template can be weakened, compiled once for all of them.
 *
 * Every assertion of every source becomes a signal that should be 0, so that the generator of witnesses never stops and
 * says instead what is broken. Every value that the template assigns passes a component that adds an offset to it: 0,
 * but for the statement that the input `z_` names. A witness then keeps all assignments by its making, but for that
 * statement's, and the constraints that it breaks are the signals that are not 0.
 */

/**
 * A statement that constrains: an assignment `<==`, an assertion `===`, or a component that is there for its checks.
 */
export interface Statement extends Chunk {
  readonly line: number;
  readonly kind: "assignment" | "assertion" | "check";
}

/** A chunk at its constraining operator. */
function sides(text: string): { left: string; operator: string; right: string } | undefined {
  const [, left, operator, right] = /^(.*?)\s*(<==|===|==>)\s*(.*)$/.exec(text) ?? [];
  return left === undefined ? undefined : { left, operator: operator!, right: right! };
}

export function statementsOf(template: Definition, file: string): Statement[] {
  return template.chunks.flatMap((chunk): Statement[] => {
    const { left, operator } = sides(chunk.text) ?? {};
    if (operator === undefined && callOf(chunk.text) === undefined) return [];
    if (operator === "==>" || (operator === "<==" && left!.startsWith("(")))
      throw new Error(`nothing here can weaken "${chunk.text}"`);
    const kind = operator === undefined || left === "_" ? "check" : operator === "===" ? "assertion" : "assignment";
    return [{ ...chunk, kind, line: file.slice(0, template.at + chunk.start).split("\n").length }];
  });
}

const replaced = (text: string, pieces: readonly { start: number; end: number; by: string }[]): string =>
  pieces.reduceRight((all, { start, end, by }) => all.slice(0, start) + by + all.slice(end), text);

const difference = (text: string): string => {
  const { left, right } = sides(text)!;
  return `(${left}) - (${right})`;
};

/** Assertions that say by a signal whether they hold. */
const withoutStopping: Edit = (_, text) => {
  if (!text.includes("===")) return text;
  const bare = withoutComments(text);
  return replaced(
    bare,
    chunksOf(bare).flatMap(({ start, end, text: chunk }) =>
      sides(chunk)?.operator === "===" ? [{ start, end, by: `Broken__()(${difference(chunk)});` }] : [],
    ),
  );
};

const BASE = `
template Broken__() { signal input by; }
template Offset__() {
    signal input in;
    signal input z[3];
    signal input statement;
    signal input place;
    signal output out;
    signal by <-- z[0] == statement && (z[1] == -1 || z[1] == place) ? z[2] : 0;
    out <== in + by;
}`;
/** More than any statement has signals. */
const PLACES = 2 ** 16;

/** Templates that add an offset to anything of a type. */
class Offsets {
  readonly #sources: Sources;
  readonly #made = new Map<string, string>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  texts = (): string[] => [...this.#made.values()];

  /** The call that hands `from` through, and the arguments. */
  of(type: Type): string {
    const dims = type.dims.map((_, k) => `D${k}`);
    if (type.bus === undefined && type.tags.length === 0 && dims.length === 0) return "Offset__()";
    const bus = type.bus && this.#sources.buses.get(type.bus.name)!;
    const name = `Offset_${[type.bus?.name, ...type.tags, dims.length].filter((one) => one !== undefined).join("_")}__`;
    const params = [...(bus?.params ?? []), ...dims];
    if (!this.#made.has(name)) {
      const own: Type = {
        ...type,
        dims,
        ...(bus === undefined ? {} : { bus: { name: bus.name, args: bus.params } }),
      };
      const port = (side: string, at: string): string =>
        `${bus === undefined ? `signal ${side} ${tagged(type)}` : `${side} ${bus.name}(${bus.params.join(", ")}) `}${at}${dims.map((dim) => `[${dim}]`).join("")};`;
      this.#made.set(
        name,
        [
          `template ${name}(${params.join(", ")}) {`,
          port("input", "in"),
          "signal input z[3];",
          "signal input statement;",
          "signal input place;",
          port("output", "out"),
          "var n = 0;",
          ...this.#bounds(own, ""),
          this.#each(own, "", 0),
          "}",
        ].join("\n"),
      );
    }
    return `${name}(${[...(type.bus?.args ?? []), ...type.dims].join(", ")})`;
  }

  #bounds(type: Type, at: string): string[] {
    if (type.bus !== undefined)
      return fieldsOf(this.#sources, type.bus).flatMap(([field, of]) => this.#bounds(of, `${at}.${field}`));
    return type.tags.includes("maxAbs") ? [`out${at}.maxAbs = in${at}.maxAbs;`] : [];
  }

  #each(type: Type, at: string, depth: number): string {
    const indices = type.dims.map((_, k) => `i${depth + k}`);
    const heads = type.dims.map((dim, k) => `for (var ${indices[k]} = 0; ${indices[k]} < ${dim}; ${indices[k]}++) {`);
    const here = at + indices.map((index) => `[${index}]`).join("");
    const body =
      type.bus === undefined
        ? `out${here} <== Offset__()(in${here}, z, statement, place + n); n++;`
        : fieldsOf(this.#sources, type.bus)
            .map(([field, of]) => this.#each(of, `${here}.${field}`, depth + indices.length))
            .join(" ");
    return `${heads.join(" ")} ${body} ${heads.map(() => "}").join(" ")}`;
  }
}

const tagged = ({ tags }: Type): string => (tags.length === 0 ? "" : `{${tags.join(", ")}} `);

/** A statement with an offset, or one whose checks can be told from those of others. */
function weakened(
  sources: Sources,
  template: Definition,
  { text, kind }: Statement,
  k: number,
  offsets: Offsets,
): string {
  const owned = ownCalls(sources, text, k);
  if (kind === "assertion") return `Broken__${k}()(${difference(text)});`;
  if (kind === "check") return `${owned};`;
  const { left, right } = sides(owned)!;
  const declaration = /^(?:signal\b|[A-Z]\w*\s*\()/.test(left);
  const to = declaration ? /(\w+)\s*(?:\[.*\])*$/.exec(left)![1]! : left;
  const offset = (type: Type, from: string): string =>
    `${offsets.of(type)}(${from}, z_, ${k}, ${PLACES} * z_n); z_n++;`;
  const number: Type = { tags: [], dims: [] };
  const assigned = (): string => {
    if (right.startsWith("["))
      return parts(right.slice(1, -1))
        .map((part, i) => `${to}[${i}] <== ${offset(number, part)}`)
        .join(" ");
    const plain = sides(text)!.right;
    const call = callOf(plain);
    const type = call === undefined ? typeOf(sources, template, plain) : outputOf(sources, call.name, call.args);
    if (call !== undefined && type === undefined) throw new Error(`nobody knows what ${plain} gives`);
    return `${to} <== ${offset(type ?? number, right)}`;
  };
  return declaration ? `${left}; ${assigned()}` : `{ ${assigned()} }`;
}

/** Anonymous components of a statement, by names of its own. */
const ownCalls = ({ templates }: Sources, text: string, k: number): string =>
  text.replace(CALLED, (name) => (templates.has(name) ? `${name}__${k}` : name));
const CALLED = /\b[A-Z]\w*(?=\()/g;

export interface Harness {
  readonly main: TestMain;
  readonly edits: readonly Edit[];
  readonly statements: readonly Statement[];
}

/** The input that names what is weakened, handed down from the main component to the template. */
const HANDED = "signal input z_[3];";

/**
 * @param main the main component
 * @param path names of components, from one in the main component down to the one whose statements can be weakened
 * @param edits of the sources before that
 */
export function weaken(main: TestMain, path: readonly string[], edits: readonly Edit[] = []): Harness {
  const sources = readSources(edits, main.body);
  const named = (name: string): Definition => {
    const found = sources.templates.get(name);
    if (found === undefined) throw new Error(`there is no template ${name}`);
    return found;
  };
  const renamed = ({ name }: Definition, text: string, inputs = ""): string =>
    text.replace(/^template \w+(\s*\([^)]*\)\s*\{)/, `template ${name}__$1 ${inputs}`);

  // 1. The components on the way hand the input down.
  const outer = named(/^\w+/.exec(main.template)![0]);
  let template = outer;
  const way = path.map((component) => {
    const from = template;
    const next = from.components.get(component)?.template;
    if (next === undefined) throw new Error(`${from.name} has no component ${component}`);
    template = named(next);
    const made = new RegExp(`\\b${component}\\s*=\\s*${next}(\\(.*?\\));`);
    return renamed(from, from.text.replace(made, `${component} = ${next}__$1; ${component}.z_ <== z_;`), HANDED);
  });

  // 2. The template
  const statements = statementsOf(template, sources.texts.get(template.file)!);
  const offsets = new Offsets(sources);
  const weak = replaced(
    template.text,
    statements.map((statement, k) => ({
      start: statement.start,
      end: statement.end,
      by: weakened(sources, template, statement, k, offsets),
    })),
  );

  // 3. What its statements call, each by a name that says whose it is
  const copies = statements.flatMap(({ kind, text }, k) =>
    kind === "assertion"
      ? [`template Broken__${k}() { signal input by; }`]
      : [...new Set([...text.matchAll(CALLED)].map(([name]) => name))]
          .filter((name) => sources.templates.has(name))
          .map((name) => named(name).text.replace(/^template \w+/, `template ${name}__${k}`)),
  );
  const body = [...way, renamed(template, weak, `${HANDED} var z_n = 0;`), ...copies].map((text) =>
    withoutStopping("", text),
  );
  return {
    main: {
      ...main,
      template: main.template.replace(outer.name, `${outer.name}__`),
      body: [BASE, ...offsets.texts(), ...body].join("\n"),
    },
    edits: [...edits, withoutStopping],
    statements,
  };
}
