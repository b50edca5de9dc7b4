import { type ApiError, token } from "../api/client.ts";
import { retryNow } from "../api/poll.ts";
import { Icon } from "../ui/parts.tsx";

/** Where a document should be and an error came instead: what to do. */
export function Failure({ error, what }: { error: ApiError; what: string }) {
  if (error.status === 401) return <TokenForm />;
  if (error.status === 404) {
    return (
      <section class="card gap">
        <p>
          <b>There is no such thing:</b> {error.message}
        </p>
        <p class="muted">
          It may have ended or left the configuration. <a href="#/">To the fleet</a>
        </p>
      </section>
    );
  }
  const lost = error.status === 0;
  return (
    <section class="card gap" role="alert">
      <p>
        <Icon name="red" tone="critical" /> <b>{lost ? "The daemon does not answer." : `No answer for ${what}.`}</b>{" "}
        {!lost && error.message}
      </p>
      {lost && (
        <p class="muted">
          On its host: <code>systemctl status flink-auditd</code>. The page tries again by itself.
        </p>
      )}
    </section>
  );
}

/** The token stays in this tab; with it changes can be asked for, too. */
export function TokenForm({ onSet }: { onSet?: () => void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem("token") as HTMLInputElement;
    token.set(field.value);
    onSet?.();
    retryNow();
  };
  return (
    <form class="card form gap token" onSubmit={submit}>
      <p>
        <b>The daemon wants a token:</b> the content of the file that <code>web.bearer_token_file</code> names. It is
        kept in this tab only.
      </p>
      <label>
        Token
        <input name="token" type="password" autoComplete="off" required />
      </label>
      <div>
        <button class="btn btn-main" type="submit">
          Use it
        </button>
      </div>
    </form>
  );
}
