// What views are made of: icons, chips, times, code with a copy button, folds, empty places.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Health, Severity, Time } from "../api/types.ts";
import { ago, fullTime, moment } from "../lib/format.ts";
import { gradeOf, healthWord, type Look, lookOf, wordOf } from "../lib/verdicts.ts";
import { useHeadingFocus } from "./router.ts";

export function Icon({ name, tone }: { name: string; tone?: string | undefined }) {
  return (
    <svg class={tone ? `i c-${tone}` : "i"} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** A severity or verdict with icon and word; in the matrix with a short word and a count. */
export function Chip({ look, matrix, count }: { look: Look; matrix?: boolean; count?: number | undefined }) {
  return (
    <span class={`v v-${look}`}>
      <Icon name={look} />
      <span>{wordOf(look, matrix)}</span>
      {count ? <b>{count}</b> : null}
    </span>
  );
}

/** A cell of the matrix from its letter. */
export function Cell({ letter, count }: { letter: string; count?: number | undefined }) {
  const look = lookOf(letter);
  return look === "none" ? <span class="sr">judged on the cluster</span> : <Chip look={look} matrix count={count} />;
}

export const SeverityChip = ({ severity }: { severity: Severity }) => <Chip look={severity} />;

export function HealthChip({ health }: { health: Health }) {
  return (
    <span class={`v v-${health}`}>
      <Icon name={health} />
      <span>{healthWord[health]}</span>
    </span>
  );
}

export function StateChip({ icon, tone, children }: { icon: string; tone?: string; children: ComponentChildren }) {
  return (
    <span class="v v-state">
      <Icon name={icon} tone={tone} />
      <span>{children}</span>
    </span>
  );
}

export function ScoreText({ value }: { value: number | null }) {
  if (value === null) return <span class="muted">n/a</span>;
  return (
    <>
      <b>{Math.round(value)}</b>
      <span class="grade">{gradeOf(value)}</span>
    </>
  );
}

/** A clock that ticks while the page is looked at. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** A time of day, or of an older day; the hover has all of it in UTC and local time. */
export function At({ time }: { time: Time }) {
  return (
    <time dateTime={time} title={fullTime(time)}>
      {moment(time, Date.now())}
    </time>
  );
}

export function Ago({ time }: { time: Time }) {
  const now = useNow();
  return (
    <time dateTime={time} title={fullTime(time)}>
      {ago(time, now)}
    </time>
  );
}

let ids = 0;
/** Not useId: that repeats itself where a fragment is in between. */
const nextId = () => `c${++ids}`;

export function Card(props: {
  title: ComponentChildren;
  note?: ComponentChildren;
  end?: ComponentChildren;
  hidden?: boolean;
  class?: string;
  children: ComponentChildren;
}) {
  const [id] = useState(nextId);
  return (
    <section class={`card ${props.class ?? ""}`} aria-labelledby={id}>
      {props.hidden ? (
        <h2 class="sr" id={id}>
          {props.title}
        </h2>
      ) : (
        <div class="card-h">
          <h2 id={id}>{props.title}</h2>
          {props.note && <span class="muted">{props.note}</span>}
          {props.end && <span class="end">{props.end}</span>}
        </div>
      )}
      {props.children}
    </section>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // plain HTTP from another host has no clipboard
  }
}

export function CopyButton({ text, label, small }: { text: string; label: string; small?: boolean }) {
  const [said, setSaid] = useState("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setSaid((await copyText(text)) ? "Copied" : "Select it and press Ctrl+C");
    timer.current = window.setTimeout(() => setSaid(""), 2500);
  };
  return (
    <>
      <button
        type="button"
        class={small ? "copy" : "btn btn-quiet"}
        onClick={copy}
        {...(small && { "aria-label": label, title: said || label })}
      >
        <Icon name={said === "Copied" ? "ok" : "copy"} />
        {!small && (said || "Copy")}
      </button>
      <span class="sr" role="status">
        {said}
      </span>
    </>
  );
}

export function CodeBox({ title, code }: { title: string; code: string }) {
  return (
    <div class="codebox">
      <div class="cb-h">
        <span>{title}</span>
        <CopyButton text={code} label={`Copy ${title}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard */}
      <pre tabIndex={0} role="group" aria-label={title}>
        <code>{code}</code>
      </pre>
    </div>
  );
}

export function Fold(props: {
  title: ComponentChildren;
  open?: boolean;
  class?: string;
  onToggle?: (open: boolean) => void;
  children: ComponentChildren;
}) {
  return (
    <details
      class={props.class ?? "fold"}
      open={props.open}
      onToggle={(event) => props.onToggle?.(event.currentTarget.open)}
    >
      <summary>
        <svg class="i i-chev" aria-hidden="true">
          <use href="#i-chev" />
        </svg>
        {props.title}
      </summary>
      {props.children}
    </details>
  );
}

/** A wide table or drawing that scrolls by itself, so that the page never does. */
export function ScrollX({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <div class="scroll-x" tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** A hole where data would be: says why it is missing. */
export function Void({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="void">
      <p>
        <b>{title}</b>
      </p>
      <p class="muted">{children}</p>
    </div>
  );
}

/** A grey box of about the final size; nothing before 300 ms, for most answers are quicker. */
export function Waiting({ height = 240 }: { height?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={late ? "waiting shown" : "waiting"} style={{ minHeight: height }} aria-busy="true">
      {late && <span class="sr">Waiting for the daemon</span>}
    </div>
  );
}

export interface Crumb {
  text: string;
  href?: string;
}

export function Head(props: {
  crumbs?: Crumb[];
  title: string;
  chips?: ComponentChildren;
  note?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  const heading = useHeadingFocus();
  useEffect(() => {
    document.title = `${props.title} · Flink Auditor`;
  }, [props.title]);
  return (
    <>
      {props.crumbs && (
        <nav class="crumbs" aria-label="Breadcrumb">
          {props.crumbs.map((crumb, index) => (
            <>
              {index > 0 && <span aria-hidden="true">/</span>}
              {crumb.href ? <a href={crumb.href}>{crumb.text}</a> : <span>{crumb.text}</span>}
            </>
          ))}
        </nav>
      )}
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.chips}
        {props.note && <span class="muted">{props.note}</span>}
        {props.actions && <div class="acts">{props.actions}</div>}
      </div>
    </>
  );
}
