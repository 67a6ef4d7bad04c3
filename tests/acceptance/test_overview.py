"""Search over sessions, and how far reading and analysing them has come."""

import httpx
import pytest

from tests.acceptance.conftest import upload
from tests.acceptance.transcripts import bare_id, claude_code


def test_search_finds_words_wherever_they_were_said(member: httpx.Client, viewer: httpx.Client) -> None:
    """In prompts and in commands, all words, with the place shown."""
    upload(member, claude_code("needle", prompt="Look for the zymurgy of the totals.", steps=(("echo quixotry", "quixotry", False),)))
    for words in ("zymurgy", "quixotry zymurgy", "ZYMURGY"):
        (hit,) = viewer.get("/hotwash/v1/search", params={"q": words}).json()["items"]
        assert hit["session_id"] == bare_id("needle")
        assert hit["url"] == f"/sessions/{bare_id('needle')}"
    assert "zymurgy" in viewer.get("/hotwash/v1/search", params={"q": "zymurgy"}).json()["items"][0]["excerpt"]
    assert viewer.get("/hotwash/v1/search", params={"q": "zymurgy unheardof"}).json() == {"items": []}


@pytest.mark.parametrize("words", ['"', "a AND", "NEAR(", "%_\\", "x:y*", "-"])
def test_search_takes_any_characters(words: str, viewer: httpx.Client) -> None:
    assert viewer.get("/hotwash/v1/search", params={"q": words}).status_code == 200


@pytest.mark.parametrize("params", [{}, {"q": ""}, {"q": "x" * 501}, {"q": "x", "first": "0"}, {"q": "x", "first": "many"}])
def test_a_search_that_makes_no_sense_is_refused(params: dict[str, str], viewer: httpx.Client) -> None:
    assert viewer.get("/hotwash/v1/search", params=params).status_code == 422


def test_coverage_counts_sessions_and_tells_each_formats_signals(viewer: httpx.Client) -> None:
    told = viewer.get("/hotwash/v1/coverage").json()
    assert told["seen"] >= told["eligible"] >= told["analysed"] >= 0
    assert {"in_progress", "failed", "failed_reasons", "stale"} <= set(told)
    (claude,) = [f for f in told["formats"] if f["format"] == "claude-code"]
    assert told["seen"] >= claude["sessions"] > 0  # other tests send this server sessions of other formats
    assert claude["signals"]["tokens"] is True
    assert claude["signals"]["cost"] is False


def test_nobody_sees_what_is_not_theirs(viewer: httpx.Client, enterprise: httpx.Client, other_org_id: str, anonymous: httpx.Client) -> None:
    """An organization's counts are smaller than the enterprise's; another's are forbidden; without a key there is nothing."""
    own, whole = (client.get("/hotwash/v1/coverage").json()["seen"] for client in (viewer, enterprise))
    assert own < whole
    for path in ("/hotwash/v1/coverage?", "/hotwash/v1/search?q=totals&"):
        assert viewer.get(f"{path}org_id={other_org_id}").status_code == 403
        assert anonymous.get(path).status_code == 401
