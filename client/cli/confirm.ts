import { createInterface } from "node:readline/promises";
import { TacitError } from "../sdk/errors.ts";

/**
 * Asks the person at the terminal; where none sits there, `--yes` has to have said so.
 * @throws TacitError `NOT_CONFIRMED`
 */
export async function confirm(why: string, question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new TacitError("NOT_CONFIRMED", `${why} Nothing was sent: add --yes if that is meant`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Without an answer Ctrl-D and Ctrl-C mean no.
  const answer = await new Promise<string>((resolve) => {
    terminal.once("close", () => resolve(""));
    terminal.question(`${why}\n${question} (yes or no) `).then(resolve, () => resolve(""));
  });
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new TacitError("NOT_CONFIRMED", "nothing was sent");
}
