/** The error `action` throws; fails if it throws none. */
export function thrown(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("expected an error, there was none");
}

/** The error that a promise ends with; fails if it ends with none. */
export const thrownBy = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error("expected an error, there was none");
    },
    (error: Error) => error,
  );

/** Name of the custom error, or the reason, that a transaction ends with; undefined if it succeeds. */
export async function revertReason(transact: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await transact();
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return /custom error '(\w+)/.exec(text)?.[1] ?? /reason string '([^']*)'/.exec(text)?.[1] ?? text;
  }
}
