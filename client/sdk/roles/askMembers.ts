import { fetchJson } from "../json.ts";

/** A statement as JSON: integers travel as decimal strings. So a server should say it; it may say anything. */
export type Wire<Statement> = {
  readonly [Name in keyof Statement]: Statement[Name] extends readonly unknown[] ? readonly string[] : string;
};

export interface Question<Statement> {
  /** The route that the servers are asked at. */
  path: string;
  /** Throws at what is no such statement. */
  parse: (said: Wire<Statement>) => Statement;
  /** Fields of the statement whose values are known: it has to say these. */
  about: Partial<Statement>;
  isSignedBy: (account: string, signed: { statement: Statement; signature: string }) => boolean;
}

/**
 * What members say, each signed by the one it names. A server may be away or send anything: that counts for nothing.
 * @param servers base URLs
 * @param accounts the accounts of the committee, member 1 first
 */
export async function askMembers<Statement extends { member: number }>(
  servers: readonly string[],
  accounts: readonly string[],
  { path, parse, about, isSignedBy }: Question<Statement>,
): Promise<Statement[]> {
  const answers = await Promise.all(servers.map((url) => fetchJson<unknown>(`${url}/${path}`)));
  return answers.flatMap((answer) => {
    try {
      const { statement: said, signature } = answer as { statement: Wire<Statement>; signature: string };
      const statement = parse(said);
      const account = accounts[statement.member - 1];
      const fits = (Object.keys(about) as (keyof Statement)[]).every((name) => statement[name] === about[name]);
      return fits && account !== undefined && isSignedBy(account, { statement, signature }) ? [statement] : [];
    } catch {
      return [];
    }
  });
}
