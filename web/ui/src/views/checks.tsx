import { usePolled } from "../api/poll.ts";
import type { Check, CheckDetails, CheckList } from "../api/types.ts";
import { duration, optionValue, plural, practiceName } from "../lib/format.ts";
import { href, toCheck } from "../lib/route.ts";
import { Markdown } from "../ui/markdown.tsx";
import { Card, Head, SeverityChip, StateChip, Waiting } from "../ui/parts.tsx";
import { changeQuery } from "../ui/router.ts";
import { Failure } from "./failure.tsx";

const rarely = 60_000;

/** The catalogue, by practice. */
export function ChecksView({ query }: { query: Record<string, string> }) {
  const { document, error } = usePolled<CheckList>("/api/v1/checks", rarely);
  const text = (query.q ?? "").toLowerCase();
  const checks = document?.checks.filter((check) => `${check.id} ${check.title}`.toLowerCase().includes(text)) ?? [];
  const practices = [...new Set(checks.map((check) => check.practice))];
  return (
    <>
      <Head title="Checks" note={document && plural(document.checks.length, "check")} />
      {!document && (error ? <Failure error={error} what="the checks" /> : <Waiting height={500} />)}
      {document && (
        <p class="gap">
          <input
            class="in wide"
            type="search"
            aria-label="Search checks"
            placeholder="Search checks"
            value={query.q ?? ""}
            onInput={(event) => changeQuery({ q: event.currentTarget.value })}
          />
        </p>
      )}
      <div class="stack gap">
        {practices.map((practice) => (
          <Card key={practice} title={practiceName(practice)}>
            <ul class="list flat">
              {checks
                .filter((check) => check.practice === practice)
                .map((check) => (
                  <Row key={check.id} check={check} />
                ))}
            </ul>
          </Card>
        ))}
        {document && checks.length === 0 && <p class="card">No check has these words in its name.</p>}
      </div>
    </>
  );
}

function Row({ check }: { check: Check }) {
  return (
    <li>
      <SeverityChip severity={check.severity} />
      <p>
        <a href={toCheck(check.id)}>{check.title}</a>
        <span class="sub">
          {check.id} · of a {check.scope} · {check.confidence}
        </span>
      </p>
      {!check.enabled && <StateChip icon="na">off</StateChip>}
    </li>
  );
}

export function CheckView({ id }: { id: string }) {
  const { document: check, error } = usePolled<CheckDetails>(`/api/v1/checks/${encodeURIComponent(id)}`, rarely);
  const crumbs = [{ text: "Checks", href: "#/checks" }, { text: id }];
  if (!check) {
    return (
      <>
        <Head crumbs={crumbs} title={id} />
        {error ? <Failure error={error} what="this check" /> : <Waiting height={500} />}
      </>
    );
  }
  return (
    <>
      <Head crumbs={crumbs} title={check.title} />
      <div class="meta lineup">
        <SeverityChip severity={check.severity} />
        <span>
          Practice <b>{practiceName(check.practice)}</b>
        </span>
        <span>
          Fires <b>{check.for_ms > 0 ? `after ${duration(check.for_ms)}` : "at once"}</b>
        </span>
        {check.keep_firing_for_ms > 0 && (
          <span>
            Resolved after <b>{duration(check.keep_firing_for_ms)}</b> of passing
          </span>
        )}
        {!check.enabled && <StateChip icon="na">off in the configuration</StateChip>}
        <a href={href(["findings"], { check: id, state: "firing" })}>Its findings now</a>
      </div>
      <div class="two">
        <Card title="Documentation" hidden>
          {check.page ? <Markdown source={check.page} skipTitle /> : <p class="muted">It has no page.</p>}
        </Card>
        <Card title="Options" note={check.options.length === 0 ? "none" : "as they are configured"}>
          {check.options.length > 0 && (
            <dl class="facts options">
              {check.options.map((option) => (
                <>
                  <dt>
                    <code>{option.name}</code>
                  </dt>
                  <dd>
                    <b>{optionValue(option.value, option.unit)}</b>
                    {option.value !== option.default && (
                      <span class="muted"> (default {optionValue(option.default, option.unit)})</span>
                    )}
                    <br />
                    <span class="muted">{option.help}</span>
                  </dd>
                </>
              ))}
            </dl>
          )}
        </Card>
      </div>
    </>
  );
}
