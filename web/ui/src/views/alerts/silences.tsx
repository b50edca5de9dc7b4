import { useRef, useState } from "preact/hooks";
import { remove } from "../../api/client.ts";
import type { Silence } from "../../api/types.ts";
import { plural } from "../../lib/format.ts";
import { At, Card, Fold, StateChip } from "../../ui/parts.tsx";
import { silenced, useChange } from "../change.tsx";
import { SilenceForm } from "./silence_form.tsx";

const icons = { active: "waived", pending: "pending", expired: "na" };

export function Silences({ silences }: { silences: Silence[] }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { change, say, notice } = useChange();
  const end = (silence: Silence) =>
    void change(
      () => remove(`/api/v1/silences/${encodeURIComponent(silence.id)}`),
      "",
      () => say("It is over; alerts are told again."),
    );
  const live = silences.filter((silence) => silence.state !== "expired");
  const over = silences.filter((silence) => silence.state === "expired");
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const done = () => {
    setOpen(false);
    say(silenced);
  };
  return (
    <Card
      title="Silences"
      end={
        <button class="btn" type="button" ref={button} aria-expanded={open} onClick={() => setOpen(!open)}>
          New silence
        </button>
      }
    >
      {open && <SilenceForm matchers={[]} onClose={close} onDone={done} />}
      {live.length === 0 && !open && (
        <p class="muted">None. A silence keeps alerts from being told for a time; they stay on this page.</p>
      )}
      <List silences={live} end={end} />
      {notice}
      {over.length > 0 && (
        <Fold title={`${plural(over.length, "silence")} ended within 5 days`}>
          <List silences={over} end={end} />
        </Fold>
      )}
    </Card>
  );
}

function List({ silences, end }: { silences: Silence[]; end: (silence: Silence) => void }) {
  if (silences.length === 0) return null;
  return (
    <ul class="list flat aside">
      {silences.map((silence) => (
        <li key={silence.id}>
          <StateChip icon={icons[silence.state]}>{silence.state}</StateChip>
          <div>
            <p class="matchers">
              {silence.matchers.map((matcher) => (
                <code key={matcher}>{matcher}</code>
              ))}
            </p>
            <span class="sub">
              {silence.author}: {silence.reason}
            </span>
            <span class="sub">
              {silence.state === "pending" && (
                <>
                  from <At time={silence.starts_at} />{" "}
                </>
              )}
              {silence.state === "expired" ? "ended" : "until"} <At time={silence.ends_at} /> ·{" "}
              {silence.matches > 0 ? plural(silence.matches, "alert") : "fits no alert now"}
            </span>
          </div>
          {silence.state === "expired" ? (
            <span />
          ) : (
            <button
              class="btn"
              type="button"
              aria-label={`End the silence of ${silence.author}: ${silence.reason}`}
              onClick={() => end(silence)}
            >
              End
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
