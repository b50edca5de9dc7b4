import { useEffect, useState } from "preact/hooks";
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

/** Puts values into the query of the address, without a step in the browser's history. Empty ones leave it. */
export function changeQuery(change: Record<string, string>): void {
  const { path, query } = parseRoute(location.hash);
  history.replaceState(null, "", href(path, { ...query, ...change }));
  dispatchEvent(new Event(changed));
}
