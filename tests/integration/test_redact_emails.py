"""Addresses of people are taken out before anything is stored, where the setting says so: from files and from telemetry."""

from pathlib import Path

import pytest

from hotwash.intake import service as intake
from hotwash.intake.otlp import inbox
from hotwash.settings import InsightsSettings
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from tests.acceptance.transcripts import claude_code
from tests.integration.builders import ORG
from tests.integration.claude_files import NOW, everything_stored, with_organization
from tests.readers.otlp.test_agents import claude

ADDRESS = "ada.lovelace@mail.example.org"


@pytest.mark.parametrize("taken_out", [True, False])
def test_an_imported_file(taken_out: bool, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTWASH_REDACT_EMAILS", str(taken_out))
    (tmp_path / "session.jsonl").write_bytes(claude_code("emails", prompt=f"Write to {ADDRESS}, please."))
    summary = intake.import_upload(
        with_organization(database),
        DatabaseBlobs(),
        tmp_path / "session.jsonl",
        name="session.jsonl",
        org_id=ORG,
        now=NOW,
        settings=InsightsSettings(),
    )
    assert [s.outcome for s in summary.sessions] == ["created"]
    kept = everything_stored(database)
    assert (ADDRESS in kept) is not taken_out
    assert ("[REDACTED:email]" in kept) is taken_out


def test_telemetry_in_the_inbox(database: Database) -> None:
    request = claude("user_prompt", 1, prompt=f"Write to {ADDRESS}.")
    (key,) = inbox.store(with_organization(database), ORG, request, "full", redact_emails=True).touched
    with database.read() as conn:
        written = inbox.lines_of(conn, ORG, key).decode()
    assert ADDRESS not in written
    assert "Write to [REDACTED:email]." in written
