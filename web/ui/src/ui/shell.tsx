import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { connection, onConnection, retryNow, usePolled } from "../api/poll.ts";
import type { AlertList } from "../api/types.ts";
import { clock, count, duration } from "../lib/format.ts";
import { href } from "../lib/route.ts";
import { Icon, useNow } from "./parts.tsx";
import { prefer, preference } from "./preferences.ts";
import { Sprite } from "./sprite.tsx";

const views = [
  { name: "Fleet", path: "", of: ["", "clusters"] },
  { name: "Findings", path: "findings", of: ["findings"] },
  { name: "Alerts", path: "alerts", of: ["alerts"] },
  { name: "Checks", path: "checks", of: ["checks"] },
  { name: "Coverage", path: "coverage", of: ["coverage"] },
  { name: "Exceptions", path: "exceptions", of: ["exceptions"] },
  { name: "Auditor", path: "auditor", of: ["auditor"] },
];

function useConnection() {
  const [, setTimes] = useState(0);
  useEffect(() => onConnection(() => setTimes((times) => times + 1)), []);
  return connection;
}

/** Header, banner, the view, footer. A file has no daemon behind it, so no views and no age. */
export function Shell(props: {
  view: string;
  children: ComponentChildren;
  json?: string | undefined; // the document that the view shows
  version?: string;
  file?: boolean;
}) {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [props.view]);
  return (
    <>
      <Sprite />
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the hash is the route
          document.getElementById("main")?.focus();
        }}
      >
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="#/">
          <Icon name="brand" />
          Flink Auditor
        </a>
        {!props.file && (
          <nav class="nav" aria-label="Views" ref={nav}>
            {views.map((view) => (
              <a
                key={view.name}
                href={href(view.path ? [view.path] : [])}
                {...(view.of.includes(props.view) && { "aria-current": "page" })}
              >
                {view.name}
                {view.path === "alerts" && <FiringCount />}
              </a>
            ))}
          </nav>
        )}
        {props.file ? <span class="nav" /> : <Freshness />}
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>
        {!props.file && <LostBanner />}
        {props.children}
      </main>
      <footer>
        <span>{props.file ? `flink-auditor ${props.version ?? ""}` : "flink-auditd"}</span>
        {props.json && (
          <a class="lnk" href={props.json}>
            JSON of this view
          </a>
        )}
        {!props.file && (
          <a class="lnk" href="/api/v1/openapi.json">
            API
          </a>
        )}
        <span>Times are UTC; hover for local</span>
      </footer>
    </>
  );
}

/** How many alerts fire that somebody is told of, or would be. */
function FiringCount() {
  const firing = usePolled<AlertList>("/api/v1/alerts?state=firing&limit=1").document?.counts.firing ?? 0;
  if (firing === 0) return null;
  return (
    <small class="firing">
      {count(firing)}
      <span class="sr"> firing</span>
    </small>
  );
}

function Freshness() {
  const { answeredAt, failedSince } = useConnection();
  const now = useNow();
  if (answeredAt === null) return <span class="fresh" />;
  const title = `The daemon last answered at ${clock(answeredAt)} UTC`;
  return (
    <span class="fresh" title={title}>
      <Icon name={failedSince ? "red" : "ok"} tone={failedSince ? "critical" : "ok"} />
      {duration(Math.max(1000, Math.floor((now - answeredAt) / 1000) * 1000))} ago
    </span>
  );
}

function LostBanner() {
  const { answeredAt, failedSince, nextTry, status } = useConnection();
  const now = useNow();
  if (failedSince === null || answeredAt === null || status === 401) return null;
  return (
    <section class="banner" role="alert">
      <Icon name="red" />
      <p>
        <b>The daemon does not answer since {clock(failedSince)} UTC.</b> Shown below: what it said{" "}
        {duration(now - answeredAt)} ago. Next try in {duration(Math.max(0, Math.ceil((nextTry - now) / 1000) * 1000))}.
        On its host: <code>systemctl status flink-auditd</code>
      </p>
      <button class="btn" type="button" onClick={retryNow}>
        Try now
      </button>
    </section>
  );
}

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
function storedTheme(): Theme {
  return themes.find((theme) => theme === preference("theme")) ?? "system";
}

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    prefer("theme", theme);
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const label = `Theme: ${theme === "system" ? "follows the system" : theme}`;
  return (
    <button
      class="btn btn-icon btn-quiet"
      type="button"
      aria-label={label}
      title={label}
      onClick={() => setTheme(next)}
    >
      <Icon name="theme" />
    </button>
  );
}
