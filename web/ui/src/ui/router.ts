import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { href, parseRoute, type Route } from "../lib/route.ts";

const changed = "auditor:route";

/** The route of now, and of whatever comes. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", follow);
    addEventListener(changed, follow);
    return () => {
      removeEventListener("hashchange", follow);
      removeEventListener(changed, follow);
    };
  }, []);
  return route;
}

/** Whether another view was just gone to, and the visitor did nothing since: then its heading has the focus. */
let arrived = false;
for (const act of ["keydown", "pointerdown"]) {
  addEventListener(act, () => {
    arrived = false;
  });
}

/** Another view starts at its top, with the focus on its heading, as a loaded page would. */
export function useFreshStart(route: Route): void {
  const path = route.path.join("/");
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    arrived = true;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [path]);
}

/** For the heading: takes the focus over from one that stood there while the view waited for its documents. */
export function useHeadingFocus(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (arrived && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}

/** Puts values into the query of the address, without a step in the browser's history. Empty ones leave it. */
export function changeQuery(change: Record<string, string>): void {
  const { path, query } = parseRoute(location.hash);
  history.replaceState(null, "", href(path, { ...query, ...change }));
  dispatchEvent(new Event(changed));
}
