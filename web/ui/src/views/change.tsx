// Asking for a change: what was said to it, and the token where the daemon wants one.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../api/client.ts";
import { retryNow } from "../api/poll.ts";
import { TokenForm } from "./failure.tsx";

export const silenced = "Silenced; it shows under Muted within seconds.";

/** Runs changes one at a time; `notice` is to be shown near what asks for them. `say` says what happened there, and
 * takes the focus: for what was operated goes away. */
export function useChange(): {
  change: (ask: () => Promise<void>, done: string, then?: () => void) => Promise<void>;
  busy: boolean;
  say: (text: string) => void;
  notice: ComponentChildren;
} {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const [again, setAgain] = useState<{ ask: () => void } | null>(null);
  const place = useRef<HTMLParagraphElement>(null);
  const [calls, setCalls] = useState(0);
  useEffect(() => {
    if (calls > 0) place.current?.focus();
  }, [calls]);
  const say = (text: string) => {
    setSaid(text);
    setCalls((before) => before + 1);
  };
  const change = async (ask: () => Promise<void>, done: string, then?: () => void) => {
    if (busy) return;
    setBusy(true);
    setSaid("");
    try {
      await ask();
      setAgain(null);
      setSaid(done);
      then?.();
      retryNow();
      window.setTimeout(retryNow, 1500); // what follows from it takes a moment
    } catch (thrown) {
      const error = thrown as ApiError;
      const wantsToken = error.status === 401;
      setAgain(wantsToken ? { ask: () => void change(ask, done, then) } : null);
      setSaid(wantsToken ? "" : error.message);
    }
    setBusy(false);
  };
  const notice = (
    <>
      <p class="muted said" role="status" tabIndex={-1} ref={place}>
        {said}
      </p>
      {again && <TokenForm onSet={again.ask} />}
    </>
  );
  return { change, busy, say, notice };
}
