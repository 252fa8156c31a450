"""How dear serving a feed is: our application, uvicorn with a constant answer, and nginx with the same files.

python -m benchmarks serving [--requests N] [--rounds N]

Each server runs in a process of its own on loopback; one client asks it over a kept connection, for a 200 of a 75 kB
document in its precompressed form and for a 304. What counts is the server's processor time (user and system, from
the system's accounts of its process), not how fast the client is. Rounds go round the servers; the median is told.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from aggregator.publish.document import ATOM, Document
from aggregator.publish.sink import FolderSink
from benchmarks.generator.prose import article

SIZE = 75_000
PATH = "/space/feed.atom"
TICKS = os.sysconf("SC_CLK_TCK")

SERVER = """
import socket, sys
from pathlib import Path
import uvicorn
from aggregator.web.feeds import FeedApp, Serving
from aggregator.web.limits import Limits
kind, root, descriptor = sys.argv[1:]
if kind == "ours":
    application = FeedApp(Serving(root=Path(root), limits=Limits(burst=10**9)))
else:
    body = (Path(root) / "space/feed.atom.gz").read_bytes()
    whole = [(b"content-type", b"application/atom+xml"), (b"content-encoding", b"gzip"), (b"etag", b'"x"')]
    whole.append((b"content-length", str(len(body)).encode()))
    async def application(scope, receive, send):
        known = any(name == b"if-none-match" for name, _ in scope["headers"])
        headers, status = ([(b"etag", b'"x"')], 304) if known else (whole, 200)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if known else body})
settings = uvicorn.Config(application, log_config=None, access_log=False, server_header=False, lifespan="off")
uvicorn.Server(settings).run(sockets=[socket.socket(fileno=int(descriptor))])
"""

NGINX = """daemon off; master_process off; user root; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    types {{ application/atom+xml atom; }} access_log off; gzip_static on; etag on; sendfile on; keepalive_requests 1000000;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass
class Server:
    """One of those compared: its process, and a connection to it."""

    name: str
    process: int
    port: int
    connection: socket.socket

    def cost(self, request: bytes, times: int) -> float:
        """Processor seconds that it took to answer on one kept connection."""
        before = _spent(self.process)
        for _ in range(times):
            self.ask(request)
        return _spent(self.process) - before

    def connect_anew(self) -> None:
        """No server waits for ever while the others have their turn."""
        self.connection.close()
        self.connection = _connect(self.port)

    def ask(self, request: bytes) -> bytes:
        """The head of the reply; its body is read and dropped."""
        self.connection.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        missing = _length(head) - len(body)
        while missing > 0:
            missing -= len(self._more())
        return head

    def _more(self) -> bytes:
        data = self.connection.recv(1 << 18)
        if not data:
            raise ConnectionError(f"{self.name} has closed the connection")
        return data


def _length(head: bytes) -> int:
    if head.startswith(b"HTTP/1.1 304"):
        return 0
    return next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))


def _spent(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def request(**headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    return f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n{''.join(lines)}\r\n".encode()


def documents(root: Path) -> None:
    """A document of the size of a full feed, with its copies, as publishing writes it."""
    chance, body = Random(7), b""
    while len(body) < SIZE:
        body += f"<p>{article(chance).text}</p>\n".encode()
    FolderSink(root, flush=False).write(
        [Document(path=PATH[1:], media_type=ATOM, body=body, updated=datetime.now(UTC))]
    )


@contextmanager
def python_server(kind: str, root: Path) -> Iterator[Server]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        command = [sys.executable, "-c", SERVER, kind, str(root), str(listening.fileno())]
        with _running(kind, command, port, keep=listening.fileno()) as server:
            yield server


@contextmanager
def nginx_server(program: str, root: Path, folder: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, root=root, port=port), "utf-8")
    with _running("nginx", [program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port) as server:
        yield server


@contextmanager
def _running(name: str, command: list[str], port: int, keep: int | None = None) -> Iterator[Server]:
    with subprocess.Popen(command, pass_fds=[] if keep is None else [keep]) as process:
        try:
            yield Server(name, process.pid, port, _connect(port))
        finally:
            process.terminate()


def _connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection


def measure(servers: list[Server], times: int, rounds: int) -> dict[tuple[str, str], float]:
    """Requests per processor second, by server and status."""
    asked: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds + 1):
        for server in servers:
            for status, ask in _asks(server).items():
                cost = server.cost(ask, times)
                if turn:  # the first round warms up
                    asked.setdefault((server.name, status), []).append(times / max(cost, 1 / TICKS))
    return {key: statistics.median(values) for key, values in asked.items()}


def _asks(server: Server) -> dict[str, bytes]:
    """The two requests, tried once: the answers must be what they are taken for."""
    server.connect_anew()
    head = server.ask(request())
    assert head.startswith(b"HTTP/1.1 200"), head
    assert b"encoding: gzip" in head.lower(), head
    tag = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"etag:")).split(b": ")[1].decode()
    known = request(If_None_Match=tag)
    assert server.ask(known).startswith(b"HTTP/1.1 304")
    return {"200": request(), "304": known}


def show(found: dict[tuple[str, str], float], names: list[str]) -> None:
    print("| server | 200, requests per processor second | of the constant | 304 | of the constant |")
    print("| --- | --- | --- | --- | --- |")
    for name in names:
        cells = []
        for status in ("200", "304"):
            rate = found[name, status]
            cells += [f"{rate:,.0f}", f"{rate / found['constant', status]:.2f}"]
        print(f"| {name} | {' | '.join(cells)} |")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks serving", description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        root = Path(name) / "output"
        documents(root)
        Path(name).chmod(0o755)
        servers = [stack.enter_context(python_server(kind, root)) for kind in ("constant", "ours")]
        if nginx:
            servers.append(stack.enter_context(nginx_server(nginx, root, Path(name))))
        show(measure(servers, chosen.requests, chosen.rounds), [server.name for server in servers])
    return 0
