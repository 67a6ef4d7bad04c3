"""What four agents really sent, sent again to a running server: in every encoding, shuffled, repeated and in pieces. The session has the figures of the
agent's own file of the same run, where its telemetry carries them."""

import base64
import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]  # protobuf ships without types
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from hotwash.cli.debriefing import inspect_json
from hotwash.kit.ids import bare_session_id
from hotwash.readers.otlp.wire import enclose, pieces
from tests.acceptance.conftest import client
from tests.acceptance.running import Server
from tests.acceptance.waiting import until
from tests.readers.otlp.builders import one_session

SHARED = Path(__file__).parents[2].parent / "shared" / "transcripts"

pytestmark = pytest.mark.skipif(not (SHARED / "otlp").is_dir(), reason="no folder of collected transcripts beside the repository")

SESSIONS = {
    "claude": ("7b6f45a8-b909-479d-8658-54067f30a9a9", "claude-code"),
    "codex": ("01a2099a-ca30-78a0-ac93-198e3a59e20b", "codex"),
    "copilot": ("228f6057-a6a8-437c-86bb-807d03538b08", "copilot-cli"),
    "gemini": ("61559333-afd5-448d-a2b1-325d6463bc25", "gemini-cli"),
}
"""The run's id, and the folder with the agent's own file of it."""
NOT_SENT = {"claude": set[str](), "codex": {"agent_messages"}, "copilot": {"cache_write_tokens"}, "gemini": set[str]()}
FIGURES = (
    "user_messages",
    "agent_messages",
    "tool_calls",
    "failed_tool_calls",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "cost_usd",
    "models",
    "usage_partial",
)

Request = dict[str, object]
Encode = Callable[[Request], tuple[dict[str, str], bytes]]
JSON, PROTOBUF, PACKED = {"content-type": "application/json"}, {"content-type": "application/x-protobuf"}, {"content-encoding": "gzip"}


def as_json(request: Request) -> tuple[dict[str, str], bytes]:
    return JSON, json.dumps(request).encode()


def as_packed_json(request: Request) -> tuple[dict[str, str], bytes]:
    return JSON | PACKED, gzip.compress(json.dumps(request).encode())


def as_protobuf(request: Request) -> tuple[dict[str, str], bytes]:
    told = _with_ids_as_protobuf_has_them(request)
    message = ExportTraceServiceRequest() if "resourceSpans" in request else ExportLogsServiceRequest()
    return PROTOBUF, ParseDict(told, message, ignore_unknown_fields=True).SerializeToString()


def as_packed_protobuf(request: Request) -> tuple[dict[str, str], bytes]:
    headers, body = as_protobuf(request)
    return headers | PACKED, gzip.compress(body)


ENCODINGS: tuple[Encode, ...] = (as_json, as_packed_json, as_protobuf, as_packed_protobuf)


def _with_ids_as_protobuf_has_them(value: object) -> object:
    """Bytes are base64 in protobuf's JSON, and hex in OTLP's."""
    if isinstance(value, list):
        return [_with_ids_as_protobuf_has_them(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode()
        if key in ("traceId", "spanId", "parentSpanId") and isinstance(item, str)
        else _with_ids_as_protobuf_has_them(item)
        for key, item in value.items()
    }


def captured(agent: str) -> list[Request]:
    files = [file for file in sorted((SHARED / "otlp" / f"mockrun-{agent}").iterdir()) if "metrics" not in file.name]
    return [json.loads(file.read_bytes()) for file in files]


def in_pieces(requests: list[Request], seed: int) -> Iterator[Request]:
    """Batches of some forty records in any order; a fifth of the records comes twice."""
    chance = random.Random(seed)
    single = [enclose(piece) for request in requests for piece in pieces(request) if piece is not None]
    single += chance.sample(single, len(single) // 5)
    chance.shuffle(single)
    for start in range(0, len(single), 40):
        for outer in ("resourceSpans", "resourceLogs"):
            groups = [group for request in single[start : start + 40] if outer in request for group in _groups(request, outer)]
            if groups:
                yield {outer: groups}


def _groups(request: Request, outer: str) -> list[object]:
    groups = request[outer]
    assert isinstance(groups, list)
    return groups


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("captures"))
    try:
        yield running
    finally:
        running.stop()


def send(http: httpx.Client, requests: Iterable[Request], encodings: tuple[Encode, ...]) -> None:
    for number, request in enumerate(requests):
        headers, body = encodings[number % len(encodings)](request)
        path = "/v1/traces" if "resourceSpans" in request else "/v1/logs"
        answer = http.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.content) in ((200, b"{}"), (200, b""))


def exported(http: httpx.Client, session: str) -> object:
    answer = http.get(f"/hotwash/v1/sessions/{session}/export", params={"to": "json"})
    return answer.json()["transcript"] if answer.status_code == 200 else None


WAYS: dict[str, Callable[[list[Request]], tuple[Iterable[Request], tuple[Encode, ...]]]] = {
    "as it came": lambda requests: (requests, (as_json, as_packed_json)),
    "backwards": lambda requests: (requests[::-1], (as_packed_protobuf, as_protobuf)),
    "in pieces": lambda requests: (in_pieces(requests, seed=3), ENCODINGS),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("agent", SESSIONS)
def test_a_capture_becomes_the_same_session_in_every_encoding_order_and_portion(server: Server, agent: str, way: str) -> None:
    """That which a file of the same requests gives."""
    session, requests = bare_session_id(SESSIONS[agent][0]), captured(agent)
    expected = json.loads(msgspec.json.encode(one_session(*requests)))
    org = f"{agent} {way}"
    http = client(server, server.token("org-admin", org))
    send(http, *WAYS[way](requests))
    until(lambda: exported(http, session) == expected or None, "the session as the file gives it")
    assert len(http.get(f"/v3/organizations/{server.org_id(org)}/sessions").json()["items"]) == 1


@pytest.mark.parametrize("agent", SESSIONS)
def test_telemetry_has_the_figures_of_the_agents_own_file(agent: str, tmp_path: Path) -> None:
    """What it does not carry is unknown, and no other number."""
    session, folder = SESSIONS[agent]
    [file] = [path for path in (SHARED / folder).rglob("*.jsonl") if session[:8] in path.as_posix()]
    [by_file] = [json.loads(output) for output in inspect_json(str(file), None).outputs]
    batches = tmp_path / "batches.jsonl"
    batches.write_text("\n".join(map(json.dumps, captured(agent))))
    [by_telemetry] = [json.loads(output) for output in inspect_json(str(batches), None).outputs]
    for figure in FIGURES:
        assert by_telemetry[figure] == (None if figure in NOT_SENT[agent] else by_file[figure]), figure
