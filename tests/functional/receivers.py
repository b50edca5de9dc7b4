"""Receivers on the loopback: they take what alerts send, remember it, and verify its signature."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True)
class Post:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> None:
        """Raises where the signature is not of this secret, or its time not of now."""
        Webhook(secret).verify(self.body, self.headers)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False  # the connection ends without an answer


class Receiver:
    """Serves `answer(post)` to each request, one thread a connection."""

    def __init__(
        self, answer: Callable[[Post], Answer] = lambda _: Answer(), tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self._posts: list[Post] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_request(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                headers = {name.lower(): value for name, value in self.headers.items()}
                post = Post(self.command, self.path, headers, self.rfile.read(size))
                answer = receiver.answer(post)
                with receiver._arrived:
                    receiver._posts.append(post)
                    receiver._arrived.notify_all()
                if answer.cut:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(answer.body)

            do_GET = do_POST = handle_request

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def posts(self) -> list[Post]:
        with self._arrived:
            return list(self._posts)

    def wait_for(self, reached: Callable[[list[Post]], bool], seconds: float = 30) -> list[Post]:
        """The requests, once `reached` is true of them."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: reached(self._posts), seconds), f"only {self._posts}"
            return list(self._posts)

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
