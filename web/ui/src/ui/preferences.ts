// What a visitor chose, kept in the browser where that is allowed.

const prefix = "flink-auditor-";

export function preference(name: string): string {
  try {
    return localStorage.getItem(prefix + name) ?? "";
  } catch {
    return ""; // a file, or storage is off
  }
}

export function prefer(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // it holds for this visit
  }
}

/** Whether jobs and clusters are linked to Flink's own UI: off at first, for a browser seldom reaches what the daemon does. */
export const linksToFlink = (): boolean => preference("flink-ui") === "on";
