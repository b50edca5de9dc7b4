// GET with ETag: what has not changed answers 304, and the document from before is given again, so that nothing is
// rendered anew. A token, where the daemon wants one, stays in this tab.

export class ApiError extends Error {
  readonly status: number; // 0: no answer

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Kept {
  etag: string;
  document: unknown;
}

const kept = new Map<string, Kept>();
const mostKept = 50;
const tokenKey = "flink-auditor-token";

export const token = {
  get: (): string => sessionStorage.getItem(tokenKey) ?? "",
  set: (value: string): void => sessionStorage.setItem(tokenKey, value.trim()),
};

function headers(): Record<string, string> {
  const bearer = token.get();
  return bearer ? { Authorization: `Bearer ${bearer}` } : {};
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { cache: "no-store", ...init });
  } catch {
    throw new ApiError(0, "no answer");
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  return new ApiError(response.status, problem?.detail ?? `HTTP ${response.status}`);
}

/** The document at `path`; the same object as before where it did not change. Throws ApiError. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const before = kept.get(path);
  const response = await send(path, {
    headers: { ...headers(), ...(before && { "If-None-Match": before.etag }) },
    ...(signal && { signal }),
  });
  if (response.status === 304 && before) return before.document as T;
  if (!response.ok) throw await refusal(response);
  const document = (await response.json()) as T;
  const etag = response.headers.get("ETag");
  kept.delete(path);
  if (etag) kept.set(path, { etag, document });
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return document;
}

/** Asks for a change. Throws ApiError. */
export async function post(path: string, body?: unknown): Promise<void> {
  const response = await send(path, {
    method: "POST",
    headers: { ...headers(), "Content-Type": "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
  });
  if (!response.ok) throw await refusal(response);
}

/** Asks to take something away. Throws ApiError. */
export async function remove(path: string): Promise<void> {
  const response = await send(path, { method: "DELETE", headers: headers() });
  if (!response.ok) throw await refusal(response);
}
