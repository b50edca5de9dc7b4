import { useEffect, useRef, useState } from "preact/hooks";
import { post } from "../../api/client.ts";
import { endOf, linesOf, type Term, terms } from "../../lib/alerts.ts";
import { prefer, preference } from "../../ui/preferences.ts";
import { useChange } from "../change.tsx";

/** Silences alerts; Escape and Cancel leave it. */
export function SilenceForm(props: { matchers: string[]; onClose: () => void; onDone: () => void }) {
  const { matchers, onClose, onDone } = props;
  const [text, setText] = useState(matchers.join("\n"));
  const [author, setAuthor] = useState(preference("author"));
  const [reason, setReason] = useState("");
  const [term, setTerm] = useState<Term>("1h");
  const { change, busy, notice } = useChange();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const empty = [...(form.current?.querySelectorAll<HTMLElement>("textarea, input") ?? [])].find(
      (field) => (field as HTMLInputElement).value === "",
    );
    empty?.focus();
  }, []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const body = { matchers: linesOf(text), author, reason, ...endOf(term, new Date()) };
    prefer("author", author);
    void change(() => post("/api/v1/silences", body), "Silenced.", onDone);
  };
  const leave = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
  };
  return (
    <div class="silence-form" onKeyDown={leave} role="group" aria-label="Silence">
      <form class="form" ref={form} onSubmit={submit}>
        <label>
          Alerts that it is about: all of these must match
          <textarea
            rows={Math.max(2, linesOf(text).length)}
            required
            spellcheck={false}
            placeholder={'cluster="prod"\ncheck=~"checkpoint-.*"'}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <label>
          Reason
          <input
            type="text"
            required
            maxLength={1000}
            placeholder="What is going on"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <div class="pair">
          <label>
            Author
            <input
              type="text"
              required
              maxLength={1000}
              placeholder="Whom to ask"
              value={author}
              onInput={(event) => setAuthor(event.currentTarget.value)}
            />
          </label>
          <label>
            How long
            <select value={term} onChange={(event) => setTerm(event.currentTarget.value as Term)}>
              {Object.entries(terms).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div class="buttons">
          <button class="btn btn-main" type="submit" disabled={busy}>
            Silence
          </button>
          <button class="btn" type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
      {notice}
    </div>
  );
}
