"""One upload over HTTP, against a small server that answers what the test tells it."""

import email.utils
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from hotwash.intake.pushing.client import ATTEMPTS, FIRST_WAIT_S, LONGEST_WAIT_S, Client, NotSent, NotTaken, Target
from hotwash.kit import clock

BODY = b"transcript " * 1000
TAKEN = {"sessions": [{"session_id": "a" * 32, "outcome": "created", "format": "codex", "events": 3, "warnings": []}], "rejected": []}
Reply = tuple[int, dict[str, str], object]


class Server(ThreadingHTTPServer):
    """Gives the replies one after the other, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[Reply] = [(200, {}, TAKEN)]
        self.seen: list[tuple[str, str | None, bytes]] = []
        """Path with query, authorization and body of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, self.headers["authorization"], body))
        status, headers, answer = self.server.replies.pop(0) if len(self.server.replies) > 1 else self.server.replies[0]
        content = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client waited, without waiting."""
    return []


@pytest.fixture
def client(server: Server, waits: list[float]) -> Client:
    return Client(Target(url=server.url, token="cog_secret"), sleep=waits.append, chance=lambda: 1.0)


def send(client: Client, **query: str) -> object:
    return client.send(io.BytesIO(BODY), query)


def test_the_body_arrives_whole_with_key_and_query(server: Server, client: Client) -> None:
    answer = client.send(io.BytesIO(BODY), {"name": "a b/ü.jsonl", "tags": "x,y"})
    assert [(item.outcome, item.events) for item in answer.sessions] == [("created", 3)]
    [(path, authorization, body)] = server.seen
    assert path == "/hotwash/v1/imports?name=a+b%2F%C3%BC.jsonl&tags=x%2Cy"
    assert (authorization, body) == ("Bearer cog_secret", BODY)


def test_a_failure_that_may_pass_is_tried_again_with_growing_waits(server: Server, client: Client, waits: list[float]) -> None:
    server.replies = [(503, {}, {"detail": "busy"}), (502, {}, b"<html>"), (200, {}, TAKEN)]
    send(client)
    assert waits == [FIRST_WAIT_S, 2 * FIRST_WAIT_S]
    assert [body for _, _, body in server.seen] == [BODY] * 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_server_says_how_long_to_wait(server: Server, client: Client, waits: list[float], form: str) -> None:
    value = "7" if form == "seconds" else email.utils.formatdate(clock.now() + 7, usegmt=True)
    server.replies = [(429, {"retry-after": value}, {}), (200, {}, TAKEN)]
    send(client)
    assert waits == [pytest.approx(7, abs=2)]


def test_a_server_that_asks_for_a_long_wait_is_left_alone(server: Server, client: Client, waits: list[float]) -> None:
    server.replies = [(503, {"retry-after": str(LONGEST_WAIT_S + 1)[:2] + "0"}, {})]
    with pytest.raises(NotSent):
        send(client)
    assert waits == []


def test_after_all_attempts_it_gives_up(server: Server, client: Client, waits: list[float]) -> None:
    server.replies = [(500, {}, {})]
    with pytest.raises(NotSent):
        send(client)
    assert (len(server.seen), len(waits)) == (ATTEMPTS, ATTEMPTS - 1)


def test_nobody_there_is_not_sent(waits: list[float]) -> None:
    with pytest.raises(NotSent, match="cannot be reached"):
        send(Client(Target(url="http://127.0.0.1:9", token="cog_secret"), sleep=waits.append))
    assert len(waits) == ATTEMPTS - 1


@pytest.mark.parametrize(("status", "kind"), [(401, NotSent), (403, NotSent), (413, NotTaken), (422, NotTaken), (404, NotTaken)])
def test_other_refusals_are_final_and_say_why_without_the_key(
    server: Server, client: Client, waits: list[float], status: int, kind: type[NotSent] | type[NotTaken]
) -> None:
    server.replies = [(status, {}, {"detail": "because\x1b[31m of this"})]
    with pytest.raises(kind) as refused:
        send(client)
    assert waits == []
    assert "because of this" in refused.value.sentence
    assert "cog_secret" not in refused.value.sentence


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed(server: Server, client: Client, status: int) -> None:
    """It would carry the key to wherever it leads."""
    server.replies = [(status, {"location": f"{server.url}/elsewhere"}, {})]
    with pytest.raises(NotTaken):
        send(client)
    assert len(server.seen) == 1


@pytest.mark.parametrize("answer", [b"<html>welcome</html>", b"", b'{"sessions": 3}'])
def test_an_answer_of_something_else_is_told_as_such(server: Server, client: Client, answer: bytes) -> None:
    server.replies = [(200, {}, answer)]
    with pytest.raises(NotTaken, match="does not answer as"):
        send(client)


def test_a_key_does_not_show_in_a_traceback() -> None:
    assert "cog_secret" not in repr(Target(url="https://h", token="cog_secret"))
