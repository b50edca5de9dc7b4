"""A cluster played back from a recording: an HTTP server with hooks to change single answers."""

import copy
import gzip
import json
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from hostile import Reply, Request, Server, always, document, errors

RECORDINGS = Path(os.environ.get("AUDITOR_RECORDINGS") or Path(__file__).resolve().parents[1] / "recordings")


def load(name: str) -> dict[str, Any]:
    """The answers of a shipped recording: path → {status, body}."""
    recording = json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))
    return (recording.get("frames") or [recording])[-1]["answers"]


class Cluster:
    """The answers of one cluster. Change them before or while they are served."""

    def __init__(self, answers: dict[str, Any], prefix: str = "") -> None:
        self.answers = copy.deepcopy(answers)
        self.prefix = prefix
        self.overrides: dict[str, Callable[[Request], Reply]] = {}

    @classmethod
    def recorded(cls, name: str) -> "Cluster":
        return cls(load(name))

    def body(self, path: str) -> Any:
        """The document at `path`, to be changed in place."""
        return self.answers[path]["body"]

    def set(self, path: str, value: Any, status: int = 200) -> None:
        self.answers[path] = {"status": status, "body": value}

    def edit(self, change: Callable[[str, Any], None]) -> None:
        """Calls `change(path, body)` for each document."""
        for path, answer in self.answers.items():
            change(path, answer["body"])

    def replace_text(self, old: str, new: str) -> None:
        """Replaces a text in all paths and documents, as with an id or a name."""
        quoted_old, quoted_new = json.dumps(old)[1:-1], json.dumps(new)[1:-1]
        self.answers = {
            path.replace(old, new): json.loads(json.dumps(answer).replace(quoted_old, quoted_new))
            for path, answer in self.answers.items()
        }

    def override(self, path: str, reply: Reply) -> None:
        """Answers `path` (whatever its query) with `reply`."""
        self.overrides[path] = always(reply)

    def override_each(self, path: str, answer: Callable[[Request], Reply]) -> None:
        """Lets `answer` choose the reply to each request for `path`."""
        self.overrides[path] = answer

    def forget_below(self, path: str) -> None:
        """Removes `path` and all below it, as when a job goes."""
        self.answers = {p: a for p, a in self.answers.items() if p != path and not p.startswith(path + "/")}

    # Jobs

    @property
    def jobs(self) -> dict[str, str]:
        """Name → id."""
        return {job["name"]: job["jid"] for job in self.body("/jobs/overview")["jobs"]}

    def job(self, name: str) -> str:
        """The path of the job's main document."""
        return f"/jobs/{self.jobs[name]}"

    def keep_jobs(self, *names: str) -> None:
        """Lets the cluster have these jobs only."""
        kept = [self.jobs[name] for name in names]
        for name, job_id in self.jobs.items():
            if name not in names:
                self.forget_below(f"/jobs/{job_id}")
        overview = self.body("/jobs/overview")
        overview["jobs"] = [job for job in overview["jobs"] if job["jid"] in kept]
        if "/jobs" in self.answers:
            self.set("/jobs", {"jobs": [{"id": job_id, "status": "RUNNING"} for job_id in kept]})
        if "/overview" in self.answers:
            self.body("/overview")["jobs-running"] = len(kept)

    # Serving

    def answer(self, request: Request) -> Reply:
        path = request.path
        if not path.startswith(self.prefix):
            return errors(404, f"Not found: {request.target}")
        path = path[len(self.prefix) :]
        if path in self.overrides:
            return self.overrides[path](request)
        if request.method != "GET":
            return errors(405, "Method not allowed")
        found = self._find(path, request.query)
        if found is None:
            return errors(404, f"Not found: {request.target}")
        return document(found["body"], found["status"])

    def _find(self, path: str, query: str) -> dict[str, Any] | None:
        asked = parse_qs(query)
        listing = self.answers.get(f"{path}?get=*")
        if "get" not in asked or listing is None:
            return self.answers.get(f"{path}?{query}") or self.answers.get(path)
        if listing["status"] != 200:
            return listing
        names = unquote(asked["get"][0]).split(",")
        known = {metric["id"]: metric for metric in listing["body"]}
        # In aggregated lists one unknown name empties the whole answer.
        aggregated = any("sum" in metric for metric in known.values())
        if aggregated and any(name not in known for name in names):
            return {"status": 200, "body": []}
        found = [known[name] for name in names if name in known]
        modes = {"id", *",".join(asked["agg"]).split(",")} if "agg" in asked else None
        if modes:
            found = [{key: value for key, value in metric.items() if key in modes} for metric in found]
        return {"status": 200, "body": found}

    def serve(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Server:
        return Server(self.answer, host, tls)
