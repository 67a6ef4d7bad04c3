"""Races against a running server: start to first answer, resident memory, hot GETs beside a bare ASGI hello on the same server."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.generate import claude_session
from bench.row import Row

REQUESTS = 6_000
PIPELINE = 16
"""Requests on their way at once, so that the client costs little beside the server."""
ROUNDS = 3
RESIDENT_SESSIONS = 1_000

HELLO = """
import asyncio, sys, uvicorn
BODY = b"x" * int(sys.argv[2])
async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]})
    await send({"type": "http.response.body", "body": BODY})
uvicorn.run(hello, port=int(sys.argv[1]), http="httptools", loop="uvloop", lifespan="off", log_config=None, access_log=False, server_header=False)
"""


def start(folder: Path) -> Iterator[Row]:
    """From the command to the first answer, and resident memory with 1,000 sessions."""
    files = folder / "files"
    files.mkdir()
    for seed in range(RESIDENT_SESSIONS):
        (files / f"{seed}.jsonl").write_bytes(claude_session(seed, 6_000))
    data = folder / "data"
    _hotwash("import", files, "--data", data)
    started = time.perf_counter()
    with _server(folder / "data") as (port, process):
        yield Row(work="server start to first answer", figure=time.perf_counter() - started, unit="s", budget=1, at_least=False)
        _ask(port, b"GET /v3/self HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200)
        yield Row(work="resident memory, 1,000 sessions", figure=_resident_mib(process.pid), unit="MiB", budget=150, at_least=False)


def hot_get(folder: Path) -> Iterator[Row]:
    """Requests a second for one insights document, and for the same bytes from a bare ASGI application, in turns."""
    file = folder / "one.jsonl"
    file.write_bytes(claude_session(1))
    data = folder / "data"
    _hotwash("import", file, "--data", data)
    _hotwash("generate", "--all", "--data", data)
    session = _hotwash("sessions", "--data", data).split()[0]
    token = re.findall(r"cog_\S+", _hotwash("service-user", "create", "bench", "--role", "enterprise-admin", "--data", data))[0]
    request = f"GET /v3/enterprise/sessions/devin-{session}/insights HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with _server(data) as (port, _), _hello(_body_size(port, request)) as hello_port:
        plain = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        ours = theirs = 0.0
        for _ in range(ROUNDS):
            ours = max(ours, REQUESTS / _ask(port, request, REQUESTS))
            theirs = max(theirs, REQUESTS / _ask(hello_port, plain, REQUESTS))
    yield Row(work="GET insights, hot", figure=ours, unit="requests/s", note=f"bare hello {theirs:,.0f}")
    yield Row(work="GET insights, hot, to a bare hello", figure=ours / theirs, unit="ratio", budget=0.6)


def _hotwash(*words: object) -> str:
    return subprocess.run([sys.executable, "-m", "hotwash.cli.main", *map(str, words)], capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def _server(data: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = _free_port()
    words = [sys.executable, "-m", "hotwash.cli.main", "up", "--port", str(port), "--data", str(data)]
    with _running(words, port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as process:
        yield port, process


@contextlib.contextmanager
def _hello(size: int) -> Iterator[int]:
    port = _free_port()
    with _running([sys.executable, "-c", HELLO, str(port), str(size)], port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        yield port


@contextlib.contextmanager
def _running(words: list[str], port: int, probe: bytes) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                _ask(port, probe, 1)
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _ask(port: int, request: bytes, times: int) -> float:
    """Seconds for so many equal requests on one connection, some always on their way."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        size = len(_one_answer(connection, request))
        started = time.perf_counter()
        sent = received = 0
        while received < times * size:
            ahead = min(PIPELINE, times - sent) if received >= sent * size else 0
            if ahead:
                connection.sendall(request * ahead)
                sent += ahead
            chunk = connection.recv(1 << 20)
            if not chunk:
                raise OSError("the server closed the connection")
            received += len(chunk)
        return time.perf_counter() - started


def _one_answer(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        chunk = connection.recv(1 << 20)
        if not chunk:
            raise OSError("the server closed the connection")
        answer += chunk
    head = answer.split(b"\r\n\r\n", 1)[0]
    length = len(head) + 4 + int(next(line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")))
    while len(answer) < length:
        answer += connection.recv(1 << 20)
    return answer


def _body_size(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        answer = _one_answer(connection, request)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    return len(answer.split(b"\r\n\r\n", 1)[1])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
