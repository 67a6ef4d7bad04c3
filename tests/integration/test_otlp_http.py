"""OTLP over HTTP: both signals in both encodings, answers as the protocol wants them, and nothing acknowledged that is not kept."""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]  # protobuf ships without types
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

from hotwash.api import server
from hotwash.api.otlp import MAX_BATCH_BYTES
from hotwash.identity import service as identity
from hotwash.intake.otlp import protocol
from hotwash.intake.otlp import service as telemetry
from hotwash.intake.otlp.queries import list_pending
from hotwash.jobs.queue import Jobs
from hotwash.kit import clock
from hotwash.kit.ids import bare_session_id
from hotwash.services import Services
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database, sqlite_url
from tests.readers.otlp.builders import SESSION, span
from tests.readers.otlp.test_agents import CLAUDE_SESSION, CLAUDE_SPANS, COPILOT_SPANS

BARE = bare_session_id(SESSION)
HOMELESS: dict[str, object] = {
    "resourceLogs": [{"scopeLogs": [{"logRecords": [{"eventName": "gen_ai.user.message", "body": {"stringValue": "Hi."}}]}]}]
}


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """Services whose jobs are not started."""
    return Services(
        db=database,
        blobs=DatabaseBlobs(),
        jobs=Jobs(sqlite_url(tmp_path), tmp_path),
        base_url="http://hotwash.test",
        data_dir=tmp_path,
        max_upload_bytes=1_000,
        usd_per_acu=2.25,
        size_thresholds=(2, 5, 10, 20),
    )


def client(services: Services, role: str = "enterprise-admin", org: str | None = None) -> TestClient:
    with services.db.write() as conn:
        org_id = None if org is None else identity.ensure_organization(conn, org, clock.now())
        made = identity.create_service_user(conn, name="test", role_id=role, org_id=org_id, now=clock.now())
    return TestClient(server.create(services, hosts=None), headers={"authorization": f"Bearer {made.token}"})


def put_together(services: Services) -> None:
    """Does what the jobs would."""
    with services.db.read() as conn:
        pending = list_pending(conn)
    for org_id, key, _ in pending:
        telemetry.put_together(services.db, services.blobs, org_id, key, services)


def as_protobuf(request: dict[str, object]) -> bytes:
    """The same request as exporters that speak protobuf write it."""
    is_trace = "resourceSpans" in request
    told = json.loads(json.dumps(request))
    [group] = told["resourceSpans" if is_trace else "resourceLogs"]
    [record] = group["scopeSpans" if is_trace else "scopeLogs"][0]["spans" if is_trace else "logRecords"]
    for name in {"traceId", "spanId", "parentSpanId"} & record.keys():
        record[name] = base64.b64encode(bytes.fromhex(record[name])).decode()  # protobuf's JSON, other than OTLP's, has bytes as base64
    message = ParseDict(told, ExportTraceServiceRequest() if is_trace else ExportLogsServiceRequest())
    encoded: bytes = message.SerializeToString()
    return encoded


def path_of(request: dict[str, object]) -> str:
    return "/v1/traces" if "resourceSpans" in request else "/v1/logs"


def send(http: TestClient, *requests: dict[str, object]) -> None:
    for request in requests:
        answer = http.post(path_of(request), json=request)
        assert (answer.status_code, answer.json()) == (200, {})


def events(http: TestClient, session: str = BARE) -> list[dict[str, object]]:
    items: list[dict[str, object]] = http.get(f"/hotwash/v1/sessions/{session}/events").json()["items"]
    return items


def test_json_and_protobuf_plain_and_packed_give_the_same_session(services: Services) -> None:
    """Into four organisations, so that each is really stored."""
    requests = [*CLAUDE_SESSION, *CLAUDE_SPANS]
    found = []
    for number, (headers, encode) in enumerate(ENCODINGS):
        http = client(services, "org-admin", f"team {number}")
        for request in requests:
            answer = http.post(path_of(request), content=encode(request), headers=headers)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == headers["content-type"]
            assert answer.content in (b"", b"{}")
        put_together(services)
        found.append(events(http))
    assert len(found[0]) == 4
    assert found.count(found[0]) == len(ENCODINGS)


JSON, PROTOBUF, PACKED = {"content-type": "application/json"}, {"content-type": "application/x-protobuf"}, {"content-encoding": "gzip"}
ENCODINGS: list[tuple[dict[str, str], Callable[[dict[str, object]], bytes]]] = [
    (JSON, lambda request: json.dumps(request).encode()),
    (JSON | PACKED, lambda request: gzip.compress(json.dumps(request).encode())),
    (PROTOBUF, as_protobuf),
    (PROTOBUF | PACKED, lambda request: gzip.compress(as_protobuf(request))),
]


def test_what_belongs_to_nothing_is_told_in_a_partial_success(services: Services) -> None:
    """The rest of the batch is kept."""
    http = client(services)
    answer = http.post("/v1/logs", json=HOMELESS)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    assert answer.json()["partialSuccess"]["errorMessage"]

    logs = ExportLogsServiceResponse.FromString(http.post("/v1/logs", content=as_protobuf(HOMELESS), headers=PROTOBUF).content)
    assert logs.partial_success.rejected_log_records == 1
    nameless: dict[str, object] = {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "chat"}]}]}]}
    spans = ExportTraceServiceResponse.FromString(http.post("/v1/traces", content=as_protobuf(nameless), headers=PROTOBUF).content)
    assert spans.partial_success.rejected_spans == 1


def test_a_batch_that_tells_nothing_is_a_full_success(services: Services) -> None:
    """Agents send hundreds of spans that are none of ours; nobody shall be warned of each."""
    send(client(services), span("GET /", {}), {"resourceLogs": []})


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b"{"),
        (JSON, b"[]"),
        (PROTOBUF, b"\xff\xff\xff"),
        ({"content-type": "text/plain"}, b"{}"),
        (JSON | {"content-encoding": "br"}, b"{}"),
        (JSON | PACKED, b"not gzip"),
        (JSON | PACKED, gzip.compress(b"{}")[:-4]),
        (JSON | PACKED, gzip.compress(b" " * (protocol.MAX_UNPACKED_BYTES + 1), 1)),
    ],
    ids=["cut", "no object", "no message", "other type", "other packing", "damaged", "cut off", "bomb"],
)
def test_a_body_that_is_no_export_request_is_refused_for_good(services: Services, headers: dict[str, str], body: bytes) -> None:
    """400: no exporter tries again."""
    answer = client(services).post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


EMPTY_OBJECTS = [
    (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + b"{}," * protocol.MAX_MARKS + b"{}]}]}]}"),
    (
        PROTOBUF,
        ParseDict(
            {"resourceSpans": [{"scopeSpans": [{"spans": [{}] * protocol.MAX_VALUES}]}]}, ExportTraceServiceRequest()
        ).SerializeToString(),
    ),
    (PROTOBUF, ParseDict({"resourceSpans": [{}] * (protocol.MAX_VALUES + 1)}, ExportTraceServiceRequest()).SerializeToString()),
]


@pytest.mark.parametrize(("headers", "body"), EMPTY_OBJECTS, ids=["JSON", "spans", "resources"])
def test_a_batch_of_nothing_but_empty_objects_is_refused_before_it_takes_memory(
    services: Services, headers: dict[str, str], body: bytes
) -> None:
    """Two bytes each on the wire, some hundred in memory. 413: no exporter tries again."""
    answer = client(services).post("/v1/traces", content=gzip.compress(body, 1), headers=headers | PACKED)
    assert (answer.status_code, answer.json()["detail"]) == (
        413,
        "The batch holds too many values; have the exporter send smaller batches",
    )


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(services: Services) -> None:
    answer = client(services).post("/v1/logs", content=b"x", headers=JSON | {"content-length": str(MAX_BATCH_BYTES + 1)})
    assert answer.status_code == 413


def test_who_may_not_manage_sessions_may_not_send_any(services: Services) -> None:
    anonymous = TestClient(server.create(services, hosts=None))
    assert anonymous.post("/v1/traces", json={}).status_code == 401
    viewer = client(services, "org-viewer", "alpha")
    assert viewer.post("/v1/traces", json={}).status_code == 403
    member = client(services, "org-member", "alpha")
    with services.db.write() as conn:
        beta = identity.ensure_organization(conn, "beta", clock.now())
    assert member.post("/v1/traces", json={}, params={"org_id": beta}).status_code == 403


def test_sessions_go_where_the_caller_says_or_belongs(services: Services) -> None:
    with services.db.write() as conn:
        alpha, default = (identity.ensure_organization(conn, name, clock.now()) for name in ("alpha", "default"))
    admin, member = client(services), client(services, "org-member", "beta")
    admin.post("/v1/logs", json=CLAUDE_SESSION[0], params={"org_id": alpha})
    admin.post("/v1/traces", json=COPILOT_SPANS[1])
    member.post("/v1/logs", json=CLAUDE_SESSION[0])
    put_together(services)
    listed = {item["org_id"] for item in admin.get("/v3/enterprise/sessions").json()["items"]}
    assert {alpha, default} < listed
    assert len(member.get("/hotwash/v1/sessions/" + BARE + "/events").json()["items"]) == 1


def test_a_batch_is_kept_where_the_jobs_are_not_running(services: Services) -> None:
    """Acknowledged, for it is safe; the next start puts it together."""
    send(client(services), *CLAUDE_SESSION)
    with services.db.read() as conn:
        assert [key for _, key, _ in list_pending(conn)] == [SESSION]
