/** JSON with bigints as decimal strings. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v), indent);

/** Largest answer read from a peer; a standard snapshot takes about 15 kB. */
const MAX_ANSWER_BYTES = 1 << 20;

/**
 * GET as JSON; undefined when the peer has nothing, is away or says too much (a silent peer is normal, not an error).
 */
export async function fetchJson<T>(url: string, timeoutMs = 5_000): Promise<T | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok || response.body === null) return undefined;
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
    return JSON.parse(text + decoder.decode()) as T;
  } catch {
    return undefined;
  }
}
