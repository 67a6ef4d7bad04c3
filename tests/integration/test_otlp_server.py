"""A running server and OpenTelemetry's own exporter: what it sends becomes a session, also when the server is killed in between."""

from pathlib import Path

import httpx
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from hotwash.kit.ids import bare_session_id
from tests.acceptance.conftest import client
from tests.acceptance.running import Server
from tests.acceptance.waiting import until
from tests.readers.otlp.builders import SESSION
from tests.readers.otlp.test_agents import CLAUDE_SESSION, CLAUDE_SPANS

CONVERSATION = "0d4e8b9c-2a53-4a8e-9f3b-5f6f2f0b7c11"


def found(http: httpx.Client, session: str) -> dict[str, object] | None:
    answer = http.get(f"/v3/enterprise/sessions/{bare_session_id(session)}")
    body: dict[str, object] = answer.json()
    return body if answer.status_code == 200 else None


def test_the_official_exporter_is_understood_and_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    server = Server(tmp_path)
    token = server.token("enterprise-admin")
    try:
        headers = {"Authorization": f"Bearer {token}"}
        provider = TracerProvider(resource=Resource({"service.name": "shop-agent"}))
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{server.base_url}/v1/traces", headers=headers)))
        attributes: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.conversation.id": CONVERSATION,
            "gen_ai.usage.output_tokens": 7,
        }
        with provider.get_tracer("tests").start_as_current_span("chat m", attributes=attributes):
            pass
        until(lambda: found(client(server, token), CONVERSATION), "the session that the exporter sent")

        with client(server, token) as http:
            for request in [*CLAUDE_SESSION, *CLAUDE_SPANS]:
                path = "/v1/traces" if "resourceSpans" in request else "/v1/logs"
                assert http.post(path, json=request).status_code == 200
    finally:
        server.kill()
    again = Server(tmp_path)
    try:
        http = client(again, token)
        until(lambda: found(http, SESSION), "the session that was acknowledged")
        events = until(lambda: _complete(http), "all of the session's events")
        assert [event["kind"] for event in events] == ["user_message", "agent_message", "usage", "tool_call"]
    finally:
        again.stop()


def _complete(http: httpx.Client) -> list[dict[str, object]] | None:
    items: list[dict[str, object]] = http.get(f"/hotwash/v1/sessions/{bare_session_id(SESSION)}/events").json()["items"]
    return items if len(items) == 4 and items[-1].get("output") == "2 failed" else None
