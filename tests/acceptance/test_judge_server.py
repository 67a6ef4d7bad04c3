"""A server that judges with a program, as its users run it; and the route that chooses who analyses."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.acceptance import models
from tests.acceptance.conftest import client, upload
from tests.acceptance.running import Server
from tests.acceptance.transcripts import bare_id, claude_code
from tests.acceptance.waiting import until

STOPPED_S = 20.0
"""Within which a server stops though a model hangs; alone it takes a second. The model would take ten minutes."""


def analysed(http: httpx.Client, name: str, by: str) -> Callable[[], dict[str, object] | None]:
    """Asks for the session's analysis by this engine; None until it is done."""

    def ask() -> dict[str, object] | None:
        body: dict[str, object] = http.get(f"/hotwash/v1/sessions/{bare_id(name)}/analysis").json()
        return body if (body["state"], body["engine"]) == ("completed", by) else None

    return ask


def choose(http: httpx.Client, name: str, engine: str) -> httpx.Response:
    return http.post(f"/hotwash/v1/sessions/{bare_id(name)}/analysis", json={"engine": engine})


def test_the_model_judges_where_one_is_set_and_the_rules_where_they_are_chosen(tmp_path: Path) -> None:
    """Generate asks the model; the route has the rules analyse; back again, the kept answer serves."""
    server = Server(tmp_path / "data", HOTWASH_ANALYSIS_MODEL=models.finding_nothing(tmp_path))
    try:
        admin = client(server, server.token("enterprise-admin"))
        upload(admin, claude_code("judged"))
        started = admin.post(f"/v3/enterprise/sessions/{bare_id('judged')}/insights/generate").json()
        assert started["status"] == "started"
        first = until(analysed(admin, "judged", "judge"), "the model's analysis")
        assert isinstance(first["judge"], dict)
        assert first["judge"]["model"].startswith("command:")
        assert choose(admin, "judged", "rules").json()["status"] == "started"
        assert until(analysed(admin, "judged", "rules"), "the rules' analysis")["judge"] is None
        assert choose(admin, "judged", "llm").json()["status"] == "started"
        until(analysed(admin, "judged", "judge"), "the model's analysis again")
        assert models.times_asked(tmp_path) == 1
    finally:
        server.stop()


def test_a_stop_does_not_wait_for_a_model_that_hangs_and_the_next_start_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = Server(data, HOTWASH_ANALYSIS_MODEL=models.hanging(tmp_path))
    admin = client(server, server.token("enterprise-admin"))
    upload(admin, claude_code("interrupted"))
    admin.post(f"/v3/enterprise/sessions/{bare_id('interrupted')}/insights/generate")
    until(lambda: (tmp_path / "hanging").exists() or None, "the model asked")
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < STOPPED_S
    again = Server(data, HOTWASH_ANALYSIS_MODEL=models.finding_nothing(tmp_path))
    try:
        until(analysed(client(again, again.token("enterprise-admin")), "interrupted", "judge"), "the analysis after the restart")
    finally:
        again.stop()


def test_metrics_only_asks_no_model(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", HOTWASH_ANALYSIS_MODEL=models.finding_nothing(tmp_path), HOTWASH_CONTENT="metrics")
    try:
        admin = client(server, server.token("enterprise-admin"))
        upload(admin, claude_code("measured"))
        answer = choose(admin, "measured", "llm")
        assert answer.status_code == 409
        assert models.times_asked(tmp_path) == 0
    finally:
        server.stop()


def test_without_a_model_the_judge_is_refused_in_a_sentence(member: httpx.Client) -> None:
    upload(member, claude_code("modelless"))
    answer = choose(member, "modelless", "llm")
    assert answer.status_code == 409
    assert "HOTWASH_ANALYSIS_MODEL" in answer.json()["detail"]
    assert choose(member, "modelless", "rules").json()["status"] == "started"
    until(analysed(member, "modelless", "rules"), "the rules' analysis")


def test_who_may_only_look_may_not_have_analysed(member: httpx.Client, viewer: httpx.Client) -> None:
    upload(member, claude_code("looked-at"))
    assert choose(viewer, "looked-at", "rules").status_code == 403
    assert choose(member, "foreign", "rules").status_code == 404
    assert choose(member, "looked-at", "oracle").status_code == 422
