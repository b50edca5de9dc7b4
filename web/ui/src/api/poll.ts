// Documents that are asked for again and again while a view shows them.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./client.ts";

export const pollEvery = 10_000;

/** How it stands with the daemon, for the header and the banner. */
export interface Connection {
  answeredAt: number | null;
  failedSince: number | null;
  nextTry: number;
  status: number; // of the latest failure; 0: no answer
}

export const connection: Connection = { answeredAt: null, failedSince: null, nextTry: 0, status: 0 };
const listeners = new Set<() => void>();
const retries = new Set<() => void>();

/** Calls `listener` when the connection changed; gives the function that ends it. */
export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

const announce = () => {
  for (const listener of listeners) listener();
};

/** Asks again for all that is shown. */
export function retryNow(): void {
  for (const retry of retries) retry();
}

export interface Polled<T> {
  document: T | null;
  error: ApiError | null; // of the latest try; the document of before stays
}

/** The document at `path`, kept fresh. An empty path asks for nothing. */
export function usePolled<T>(path: string, every = pollEvery): Polled<T> {
  const [, setTimes] = useState(0);
  const state = useRef<{ path: string } & Polled<T>>({ path: "", document: null, error: null });
  if (state.current.path !== path) state.current = { path, document: null, error: null };

  useEffect(() => {
    if (!path) return;
    const ending = new AbortController();
    let timer = 0;
    const render = () => setTimes((times) => times + 1);
    const ask = async () => {
      clearTimeout(timer);
      try {
        const document = await get<T>(path, ending.signal);
        if (ending.signal.aborted) return;
        const changed = state.current.document !== document || state.current.error !== null;
        state.current = { path, document, error: null };
        connection.answeredAt = Date.now();
        connection.failedSince = null;
        if (changed) render();
      } catch (thrown) {
        if (ending.signal.aborted) return;
        const error = thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown));
        state.current = { ...state.current, error };
        const lost = error.status === 0 || error.status >= 502;
        if (lost || error.status === 401) {
          connection.failedSince ??= Date.now();
          connection.status = error.status;
        } else {
          connection.answeredAt = Date.now(); // a refusal is an answer
          connection.failedSince = null;
        }
        render();
      }
      connection.nextTry = Date.now() + every;
      announce();
      clearTimeout(timer); // of another ask that ended meanwhile
      if (!document.hidden) timer = window.setTimeout(ask, every);
    };
    // A hidden tab asks for nothing, and at once when it is looked at again.
    const awake = () => (document.hidden ? clearTimeout(timer) : void ask());
    document.addEventListener("visibilitychange", awake);
    retries.add(ask);
    void ask();
    return () => {
      ending.abort();
      clearTimeout(timer);
      retries.delete(ask);
      document.removeEventListener("visibilitychange", awake);
    };
  }, [path, every]);
  return state.current;
}

/** The value, or the one before while there is none: what is shown stays while another address is asked. */
export function useLatest<T>(value: T | null): T | null {
  const latest = useRef(value);
  if (value !== null) latest.current = value;
  return latest.current;
}
