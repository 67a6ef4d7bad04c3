"""Servers on loopback that speak the protocols of OpenAI and Anthropic as far as a judge needs them, and follow a script."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
KEY = "sk-made-up-for-this-test"


class Asked:
    """One request as the server saw it."""

    def __init__(self, provider: str, headers: dict[str, str], body: dict[str, object]) -> None:
        self.provider = provider
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        """All that was said to the model."""
        return json.dumps(self.body["messages"], ensure_ascii=False) + json.dumps(self.body.get("system", ""), ensure_ascii=False)

    @property
    def key(self) -> str:
        return self.headers.get("x-api-key", "") or self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def is_refutation(self) -> bool:
        return '"verdicts"' in json.dumps(self.body)


class Handler(BaseHTTPRequestHandler):
    """Answers by the script. `Step`s write to it."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        provider = next((name for name, path in PATHS.items() if self.path.split("?")[0] == path), None)
        if provider is None:
            self.reply(404, {"error": {"type": "not_found_error", "message": self.path}})
            return
        asked = Asked(provider, {name.lower(): value for name, value in self.headers.items()}, body)
        with self.server.lock:
            self.server.asked.append(asked)
            step = self.server.script(len(self.server.asked), asked)
        step(self, asked)

    def reply(self, status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> None:
        self.write(status, json.dumps(body).encode(), headers)

    def write(self, status: int, data: bytes, headers: dict[str, str] | None = None, claimed: int | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data) if claimed is None else claimed))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = claimed is not None

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


Step = Callable[[Handler, Asked], None]
Script = Callable[[int, Asked], Step]


class Server(ThreadingHTTPServer):
    """A running server and what it was asked."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.gone = threading.Event()

    def base_url(self, provider: str) -> str:
        root = f"http://127.0.0.1:{self.server_address[1]}"
        return f"{root}/v1" if provider == "openai" else root

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is part of the play."""


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    server = Server(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gone.set()
        server.shutdown()
        server.server_close()


def says(text: str, *, finish: str = "stop", tokens: tuple[int, int] | None = (1000, 200)) -> Step:
    """A good answer of the protocol, whatever its text. Tokens None: the server does not tell them."""

    def step(handler: Handler, asked: Asked) -> None:
        model = asked.body["model"]
        if asked.provider == "openai":
            handler.reply(
                200,
                {
                    "id": "chatcmpl-1",
                    "object": "chat.completion",
                    "created": 1_760_000_000,
                    "model": model,
                    "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
                    "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)} if tokens else None,
                },
            )
            return
        stop = {"stop": "end_turn", "length": "max_tokens"}[finish]
        handler.reply(
            200,
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": [{"type": "text", "text": text}],
                "stop_reason": stop,
                "stop_sequence": None,
                "usage": dict(zip(("input_tokens", "output_tokens"), tokens or (0, 0), strict=True)),
            },
        )

    return step


def refuses(handler: Handler, asked: Asked) -> None:
    """The provider's way of saying that the model will not."""
    if asked.provider == "openai":
        message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
        handler.reply(
            200,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_760_000_000,
                "model": asked.body["model"],
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 8, "total_tokens": 1008},
            },
        )
        return
    handler.reply(
        200,
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": asked.body["model"],
            "content": [],
            "stop_reason": "refusal",
            "stop_sequence": None,
            "usage": {"input_tokens": 1000, "output_tokens": 8},
        },
    )


def fails(status: int, kind: str, headers: dict[str, str] | None = None, message: str = "no") -> Step:
    """An error of the protocol."""

    def step(handler: Handler, asked: Asked) -> None:
        error: dict[str, object] = {"type": kind, "message": message}
        body: dict[str, object] = {"error": error | {"code": kind}} if asked.provider == "openai" else {"type": "error", "error": error}
        handler.reply(status, body, headers)

    return step


def hangs(handler: Handler, asked: Asked) -> None:
    """Says nothing until the test is over."""
    server = handler.server
    server.gone.wait(30)


def breaks_off(handler: Handler, asked: Asked) -> None:
    """Ends within the body."""
    handler.write(200, b'{"id": "cut', claimed=5000)


def babbles(handler: Handler, asked: Asked) -> None:
    """Something that is not of the protocol."""
    handler.write(200, b"<html>gateway</html>")
