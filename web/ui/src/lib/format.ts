// Numbers, sizes and times for people: a unit always, a no-break space before it.

import type { Evidence } from "../api/types.ts";

const nbsp = "\u00a0";

const trimmed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

/** 12 345 → "12 345". */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, nbsp);
}

/** "1 job", "3 jobs". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)}${nbsp}${value === 1 ? one : many}`;
}

/** 2 048 → "2 KiB"; three digits at most. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${trimmed(scaled, unit === 0 || scaled >= 100 ? 0 : 1)}${nbsp}${units[unit]}`;
}

/** 61 000 → "1 min 1 s": the two largest units. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}${nbsp}ms`;
  if (milliseconds < 10_000) return `${trimmed(milliseconds / 1000, 1)}${nbsp}s`;
  let rest = Math.round(milliseconds / 1000);
  const parts: string[] = [];
  for (const [size, unit] of [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0) parts.push(`${whole}${nbsp}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** 0.874 → "87 %"; never rounds up to a whole hundred. */
export function percent(ratio: number): string {
  return `${Math.floor(ratio * 100 + 1e-9)}${nbsp}%`;
}

const two = (value: number): string => String(value).padStart(2, "0");

const utc = (at: Date): string =>
  `${date(at)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} UTC`;

const date = (at: Date): string => `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;

/** "18:20", UTC. */
export function clock(time: string | number): string {
  const at = new Date(time);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** "18:20:07" within a day of `now`, "11-19 09:44" before, UTC. */
export function moment(time: string, now: number): string {
  const at = new Date(time);
  if (Math.abs(now - at.getTime()) < 86_400_000) return `${clock(time)}:${two(at.getUTCSeconds())}`;
  return `${date(at).slice(now - at.getTime() < 300 * 86_400_000 ? 5 : 0)} ${clock(time)}`;
}

/** What a hover says: the whole time, UTC and local. */
export function fullTime(time: string): string {
  const at = new Date(time);
  const local = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  return `${utc(at)} · ${local}`;
}

/** "42 min ago". */
export function ago(time: string, now: number): string {
  const age = now - new Date(time).getTime();
  return age < 1000 ? "now" : `${duration(Math.floor(age / 1000) * 1000).split(" ")[0]} ago`;
}

/** Evidence with its unit: {1536, "bytes"} → "1.5 KiB". */
export function evidenceValue({ value, unit }: Pick<Evidence, "value" | "unit">): string {
  if (typeof value === "string") return unit ? `${value}${nbsp}${unit}` : value;
  if (unit === "bytes") return bytes(value);
  if (unit === "ms" || unit === "milliseconds") return duration(value);
  if (unit === "ms since 1970") return utc(new Date(value));
  const text = Number.isInteger(value) ? count(value) : trimmed(value, 2);
  return unit ? `${text}${nbsp}${unit === "percent" ? "%" : unit}` : text;
}

/** A check's option: {300000, "milliseconds"} → "5 min". */
export function optionValue(value: number, unit: string): string {
  return evidenceValue({ value, unit: unit === "number" ? null : unit });
}

/** Middle of long ids: "c6ecad0f…". */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 8)}…` : id;
}

/** The first letter in upper case, where the first word is a plain one and no key or name. */
export function sentence(text: string): string {
  return /^[a-z]+[ ,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

const names: Record<string, string> = { "operator-uids": "Operator UIDs" };

/** "max-parallelism" → "Max parallelism". */
export function practiceName(id: string): string {
  const words = id.replaceAll("-", " ");
  return names[id] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
