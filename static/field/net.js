// Talking to the platform: JSON with a time limit. What did not arrive is never taken for refused.
const LIMIT_MS = 25_000;

/** No answer: no network, a cut, a time-out, a half answer. The request may or may not have been carried out. */
export class NoAnswer extends Error {
  /** `after`: seconds the platform asks us to wait, 0 when it said nothing. */
  constructor(message, after = 0) {
    super(message);
    this.after = after;
  }
}

/** One request. Resolves {status, body, headers}; rejects with NoAnswer only. */
export async function request(path, { method = "GET", json, bytes, token, headers = {}, limit = LIMIT_MS } = {}) {
  const given = { Accept: "application/json", ...headers };
  if (token) given.Authorization = `Bearer ${token}`;
  let body = bytes;
  if (json !== undefined) {
    given["Content-Type"] = "application/json";
    body = typeof json === "string" ? json : JSON.stringify(json);
  }
  try {
    const answer = await fetch(path, {
      method, headers: given, body, cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(limit),
    });
    const content = await answer.text();
    return { status: answer.status, body: content && isJson(answer) ? JSON.parse(content) : content, headers: answer.headers };
  } catch (error) {
    throw new NoAnswer(String(error?.message ?? error));
  }
}

const isJson = (answer) => /json/.test(answer.headers.get("Content-Type") ?? "");
