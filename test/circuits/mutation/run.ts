import { templates } from "../templates/index.ts";
import type { TemplateCases } from "../templates/template.ts";
import { equivalent } from "./equivalent.ts";
import { judge } from "./judge.ts";
import type { Outcome } from "./judge.ts";
import { readSources } from "./source.ts";
import type { Definition } from "./source.ts";
import { statementsOf } from "./weaken.ts";
import type { Statement } from "./weaken.ts";
import { whole } from "./whole.ts";

export interface Verdict {
  readonly template: string;
  readonly file: string;
  readonly statement: Statement;
  readonly outcome: Outcome | "equivalent";
  /** Why it is equivalent, or was not made. */
  readonly because?: string | undefined;
}

const sources = readSources();
const own = [...sources.templates.values()].filter(({ file }) => file.startsWith("circuits/"));
const casesOf = (name: string): readonly TemplateCases[] =>
  whole.get(name)?.() ?? templates.filter(({ template }) => template === name);
const statements = (template: Definition): Statement[] => statementsOf(template, sources.texts.get(template.file)!);

/** Every template of the project that constrains anything: whether it has cases or not. */
export const ALL: readonly string[] = own.filter((template) => statements(template).length > 0).map(({ name }) => name);
/** Those of them that no case is for. */
export const withoutCases = (): string[] =>
  ALL.filter((name) => !whole.has(name) && !templates.some(({ template }) => template === name));
/** How many statements all templates have. */
export const STATEMENTS = own.reduce((sum, template) => sum + statements(template).length, 0);

/** What becomes of every statement of a template, each weakened. */
export function judgeTemplate(name: string): Verdict[] {
  const template = sources.templates.get(name);
  if (template === undefined) throw new Error(`there is no template ${name}`);
  const verdict = { template: name, file: template.file };
  try {
    const found = judge(casesOf(name));
    if (found.length > 0)
      return found.map(({ statement, outcome }) => {
        const because = outcome === "survived" ? equivalent(name, statement.text) : undefined;
        return { ...verdict, statement, outcome: because === undefined ? outcome : "equivalent", because };
      });
    return statements(template).map((statement) => ({
      ...verdict,
      statement,
      outcome: "not made",
      because: "no cases",
    }));
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return statements(template).map((statement) => ({ ...verdict, statement, outcome: "not made", because }));
  }
}

export const isFailure = ({ outcome }: Verdict): boolean => outcome === "survived" || outcome === "not made";

export const describeVerdict = ({ template, file, statement, outcome, because }: Verdict): string =>
  `${outcome}: ${template}, ${file}:${statement.line}: ${statement.text}${because === undefined ? "" : ` (${because})`}`;

const count = (verdicts: readonly Verdict[], outcome: Verdict["outcome"]): number =>
  verdicts.filter((one) => one.outcome === outcome).length;

export const summary = (verdicts: readonly Verdict[]): string =>
  `${count(verdicts, "noticed")} of ${verdicts.length} weakened statements are noticed, ` +
  `${count(verdicts, "equivalent")} change nothing, ${count(verdicts, "survived")} survive, ` +
  `${count(verdicts, "not made")} could not be made`;
