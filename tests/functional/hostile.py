"""Small HTTP servers on the loopback that answer well, badly, slowly, cut short or not at all."""

import contextlib
import errno
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


# Writes an answer; True if the connection may serve another request.
Reply = Callable[[socket.socket, Request], bool]
Answer = Callable[[Request], Reply]


def body(content: bytes, status: int = 200, content_type: str = JSON, **headers: str) -> Reply:
    """An answer as HTTP wants it."""

    def reply(connection: socket.socket, _: Request) -> bool:
        lines = [f"HTTP/1.1 {status} Text", f"Content-Type: {content_type}", f"Content-Length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        return True

    return reply


def document(value: object, status: int = 200) -> Reply:
    """A JSON answer."""
    return body(json.dumps(value).encode(), status)


def errors(status: int, *texts: str) -> Reply:
    """An error as Flink writes it."""
    return document({"errors": list(texts)}, status)


def redirect(location: str, status: int = 302) -> Reply:
    return body(b"", status, "text/html", Location=location)


def raw(content: bytes) -> Reply:
    """Bytes that need not be HTTP, then the end of the connection."""

    def reply(connection: socket.socket, _: Request) -> bool:
        connection.sendall(content)
        return False

    return reply


def cut(content: bytes, missing: int) -> Reply:
    """An answer that ends `missing` bytes before the length it told."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: {len(content) + missing}\r\n\r\n"
    return raw(head.encode() + content)


def cut_chunked(content: bytes) -> Reply:
    """A chunked answer without its last chunk."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return raw(head.encode() + f"{len(content):x}\r\n".encode() + content + b"\r\n")


def reset(content: bytes = b"") -> Reply:
    """Some bytes, then a TCP reset."""

    def reply(connection: socket.socket, _: Request) -> bool:
        if content:
            connection.sendall(content)
            time.sleep(0.3)  # a reset overtakes what was not read yet
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        return False

    return reply


def silence(connection: socket.socket, _: Request) -> bool:
    """No answer, until the other side gives up."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    return False


def drip(content: bytes, pause: float = 1.0) -> Reply:
    """A good head, then one byte at a time."""

    def reply(connection: socket.socket, _: Request) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode())
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(pause)
        return True

    return reply


def endless(head: bytes, piece: bytes, total: int) -> Reply:
    """`piece` again and again until `total` bytes went out or the other side has had enough."""

    def reply(connection: socket.socket, _: Request) -> bool:
        connection.sendall(head)
        sent = 0
        while sent < total:
            connection.sendall(piece)
            sent += len(piece)
        return False

    return reply


def slow(seconds: float, then: Reply) -> Reply:
    def reply(connection: socket.socket, request: Request) -> bool:
        time.sleep(seconds)
        return then(connection, request)

    return reply


@dataclass
class Seen:
    """What a server was asked."""

    requests: list[Request] = field(default_factory=list)
    at_once: int = 0  # the most requests that were in work at the same time

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


class Server:
    """Serves `answer(request)` to each request, one thread a connection."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.seen = Seen()
        self._tls = tls
        self._lock = threading.Lock()
        self._in_work = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, 0))
        self._listener.listen(128)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for open_socket in [self._listener, *self._connections]:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(self._secured(connection)) as secured:
            self._connections.add(secured)
            stream = secured.makefile("rb")
            while request := read_request(stream):
                with self._counted(request):
                    stay = self.answer(request)(secured, request)
                if not stay:
                    break
            stream.close()

    def _secured(self, connection: socket.socket) -> socket.socket:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    @contextlib.contextmanager
    def _counted(self, request: Request) -> Iterator[None]:
        with self._lock:
            self.seen.requests.append(request)
            self._in_work += 1
            self.seen.at_once = max(self.seen.at_once, self._in_work)
        try:
            yield
        finally:
            with self._lock:
                self._in_work -= 1


def read_request(stream) -> Request | None:
    """The next request of a connection; None at its end."""
    first = stream.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers = {}
    while line := stream.readline().strip().decode("latin-1"):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(first[0], first[1], headers)


def always(reply: Reply) -> Answer:
    return lambda _: reply


def closed_port() -> int:
    """A port of the loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """The URL of a port that takes no connection: its queue is full and nothing accepts."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            if filler.connect_ex(listener.getsockname()) not in (0, errno.EINPROGRESS):
                break
        time.sleep(0.1)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
