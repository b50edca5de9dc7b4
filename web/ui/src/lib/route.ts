// Addresses within the page: #/clusters/prod/jobs/orders?state=firing. What is shown is in the URL, so that it can be
// sent to somebody, and the browser's own back and forward work.

export interface Route {
  path: string[];
  query: Record<string, string>;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody wrote it by hand
  }
};

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** `href` of a place in the page; empty values of the query are left out. */
export function href(path: string[], query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value) search.set(name, value);
  }
  const tail = search.size > 0 ? `?${search}` : "";
  return `#/${path.map(encodeURIComponent).join("/")}${tail}`;
}

export const toCluster = (cluster: string): string => href(["clusters", cluster]);
export const toJob = (cluster: string, job: string, flinkId?: string | null): string =>
  href(["clusters", cluster, "jobs", job], { id: flinkId });
export const toFinding = (id: string): string => href(["findings", id]);
export const toCheck = (id: string): string => href(["checks", id]);

/** The document behind a view, for those who want its JSON. */
export function apiPath(path: string[]): string | undefined {
  const [view, id] = path;
  const own = id === undefined ? "" : `/${encodeURIComponent(id)}`;
  switch (view) {
    case undefined:
      return "/api/v1/fleet";
    case "clusters":
      return `/api/v1/clusters${own}/report`;
    case "findings":
    case "checks":
      return `/api/v1/${view}${own}`;
    case "alerts":
    case "coverage":
    case "exceptions":
      return `/api/v1/${view}`;
    case "auditor":
      return "/api/v1/status";
    default:
      return undefined;
  }
}

/** Flink's own page of a cluster or of one of its jobs; null where the address is none that a browser follows. */
export function flinkUi(url: string, jobId?: string | null): string | null {
  if (!/^https?:\/\//.test(url)) return null;
  const base = url.replace(/\/+$/, "");
  return jobId ? `${base}/#/job/running/${encodeURIComponent(jobId)}/overview` : `${base}/`;
}
