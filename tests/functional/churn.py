"""A cluster on which something happens at every look: its one job is another one each time."""

import itertools
import json
import re
import threading

from hostile import Reply, Request, Server, body, errors
from replay import Cluster

JOB_PATH = re.compile(r"/jobs/([0-9a-f]{32})(.*)")


class Churn:
    """Each answer to `/jobs/overview` lists one running job under a new name and id; so findings of the new job open.
    Those of the one before resolve when it has been gone for long, or at once where it is listed as `canceled`."""

    def __init__(self, recording: str, job: str, canceled: bool = False) -> None:
        cluster = Cluster.recorded(recording)
        cluster.keep_jobs(job)
        self._name, self._id = job, cluster.jobs[job]
        self._canceled = canceled
        self._answers = {path: json.dumps(answer["body"]) for path, answer in cluster.answers.items()}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.latest = 0

    def answer(self, request: Request) -> Reply:
        path = request.path
        if path == "/jobs/overview":
            with self._lock:
                self.latest = number = next(self._numbers)
        elif found := JOB_PATH.fullmatch(path):
            number = int(found[1], 16)
            path = f"/jobs/{self._id}{found[2]}"
        else:
            number = 0
        text = self._answers.get(path)
        if path == "/jobs/overview" and self._canceled and number > 1:
            text = self._with_canceled(number - 1)
        if text is None:
            return errors(404, f"Not found: {request.target}")
        return body(text.replace(self._id, f"{number:032x}").replace(self._name, f"job-{number}").encode())

    def _with_canceled(self, number: int) -> str:
        overview = json.loads(self._answers["/jobs/overview"])
        earlier = overview["jobs"][0] | {"jid": f"{number:032x}", "name": f"job-{number}", "state": "CANCELED"}
        return json.dumps(overview | {"jobs": [*overview["jobs"], earlier]})

    def serve(self) -> Server:
        return Server(self.answer)
