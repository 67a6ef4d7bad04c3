"""The pages as a browser gets them from a running server."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.acceptance.conftest import client, upload
from tests.acceptance.running import Server
from tests.acceptance.transcripts import STARTED_AT, bare_id, claude_code
from tests.acceptance.waiting import until

HOSTILE = "<script>alert('title')</script> \x1b[31mred\x1b[0m <img src=x onerror=alert(1)>"
LONG_CALLS = 450
CHUNK_EVENTS = 200
PLENTY = 55
"""More sessions than a page of the list holds."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a hostile, a long and an ordinary session, and plenty of small ones."""
    server = Server(tmp_path_factory.mktemp("pages"))
    try:
        admin = client(server, server.token("enterprise-admin"))
        org_id = server.org_id("alpha")
        upload(admin, claude_code("ordinary", started_at=STARTED_AT + 300), org_id=org_id)
        upload(admin, claude_code("hostile", prompt=HOSTILE, steps=[(HOSTILE, HOSTILE, True)], started_at=STARTED_AT + 200), org_id=org_id)
        upload(
            admin, claude_code("long", prompt="Count", steps=[("true", "", False)] * LONG_CALLS, started_at=STARTED_AT + 100), org_id=org_id
        )
        for number in range(PLENTY):
            upload(admin, claude_code(f"small-{number}", prompt=f"Task {number}", steps=(), started_at=STARTED_AT - number), org_id=org_id)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def pages(running: Server) -> Iterator[httpx.Client]:
    """A browser that is logged in."""
    with httpx.Client(base_url=running.base_url, timeout=30) as http:
        answer = http.get(running.login_url)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))  # kept from scripts and other sites
        yield http


def test_a_login_link_works_once(running: Server, pages: httpx.Client) -> None:
    assert pages.get("/").status_code == 200
    with httpx.Client(base_url=running.base_url) as stranger:
        again = stranger.get(running.login_url)
        assert again.status_code == 401
        assert "hotwash up" in again.text
        assert not stranger.cookies


@pytest.mark.parametrize("path", ["/", f"/sessions/{bare_id('ordinary')}", f"/sessions/{bare_id('ordinary')}/transcript"])
def test_without_a_cookie_a_page_says_how_to_log_in(running: Server, path: str) -> None:
    answer = httpx.get(running.base_url + path)
    assert answer.status_code == 401
    assert "<code>hotwash up</code>" in answer.text
    assert "Lint the totals" not in answer.text


def test_a_forged_cookie_is_no_cookie(running: Server) -> None:
    answer = httpx.get(running.base_url + "/", cookies={"hotwash_session": "eyJzdWJqZWN0IjoidXNlci1vcGVyYXRvciJ9.forged"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/", f"/sessions/{bare_id('hostile')}", "/sessions/unknown", "/login?token=x"])
def test_every_page_forbids_inline_scripts_and_foreign_content(pages: httpx.Client, path: str) -> None:
    policy = pages.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "path",
    ["/", f"/sessions/{bare_id('hostile')}", f"/sessions/{bare_id('hostile')}/transcript", "/?text=%3Cscript%3Ealert(2)%3C/script%3E"],
)
def test_hostile_text_is_only_text(pages: httpx.Client, path: str) -> None:
    """Titles, messages, commands, output and what was typed into the filter: nothing becomes markup, and no terminal escape survives."""
    html = pages.get(path).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "\x1b" not in html
    assert not re.search(r"<[^>]+\son\w+=", html)
    assert not re.search(r"<[^>]+\sstyle=", html)


def test_an_unknown_session_has_a_page_that_says_so(pages: httpx.Client) -> None:
    answer = pages.get(f"/sessions/{'0' * 32}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Not found" in answer.text


def test_the_list_is_narrowed_by_the_form(pages: httpx.Client) -> None:
    assert bare_id("ordinary") in pages.get("/", params={"text": "lint tests"}).text
    assert bare_id("small-1") not in pages.get("/", params={"text": "lint tests"}).text
    assert bare_id("ordinary") in pages.get("/", params={"agent": "Claude Code", "size": "xs"}).text
    nothing = pages.get("/", params={"agent": "Nobody"}).text
    assert "Nothing matches" in nothing


@pytest.mark.parametrize("params", [{"size": "huge"}, {"outcome": "great"}, {"issues": "perhaps"}, {"text": 'AND ( " *'}, {"text": "\0"}])
def test_odd_filter_values_do_no_harm(pages: httpx.Client, params: dict[str, str]) -> None:
    assert pages.get("/", params=params).status_code == 200


def test_a_bad_cursor_is_told_and_not_a_fault(pages: httpx.Client) -> None:
    answer = pages.get("/", params={"after": "nonsense"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_the_list_goes_on_where_it_stopped(pages: httpx.Client) -> None:
    """Every session once, whatever page it is on."""
    seen: list[str] = []
    path: str | None = "/"
    while path is not None:
        html = pages.get(path).text
        seen += re.findall(r'class="title" href="/sessions/(\w+)"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == PLENTY + 3
    assert seen[:3] == [bare_id("ordinary"), bare_id("hostile"), bare_id("long")]


def test_the_transcript_comes_in_stretches_without_a_gap(pages: httpx.Client) -> None:
    """The page holds the first and plain links to the others; together they hold every call."""
    base = f"/sessions/{bare_id('long')}"
    html = pages.get(base).text
    links = re.findall(rf'class="more" href="({base}/transcript\?chunk=\d+)"', html)
    first = html.count("<details>")
    rest = [pages.get(f"{link}&part=rows").text for link in links]
    assert first + sum(part.count("<details>") for part in rest) == LONG_CALLS
    records = re.findall(r'id="record-(\d+)"', html + "".join(rest))
    assert len(records) == len(set(records))
    assert [int(record) for record in records] == sorted(int(record) for record in records)
    assert pages.get(f"{base}/transcript?chunk={len(links) + 1}").status_code == 404


@pytest.mark.parametrize("record", [1, 2, 399, 400, 401, 402, 902])
def test_a_link_to_a_record_leads_to_the_stretch_that_holds_it(pages: httpx.Client, record: int) -> None:
    html = pages.get(f"/sessions/{bare_id('long')}/transcript", params={"record": record}).text
    assert f'id="record-{record}"' in html
    number = pages.get(f"/sessions/{bare_id('long')}/transcript", params={"record": record, "part": "number"}).text
    assert number.isdigit()


def test_a_failed_call_is_marked(pages: httpx.Client) -> None:
    html = pages.get(f"/sessions/{bare_id('ordinary')}").text
    assert 'class="row tool failed"' in html
    assert "failed · exit 127" in html


def test_an_analysis_is_generated_from_the_page(pages: httpx.Client) -> None:
    """The button, then the debrief with its places in the transcript."""
    path = f"/sessions/{bare_id('ordinary')}"
    assert "Generate analysis" in pages.get(path).text
    started = pages.post(f"{path}/analysis", headers={"origin": str(pages.base_url).rstrip("/")})
    assert (started.status_code, started.headers["location"]) == (303, path)
    until(lambda: pages.get(f"{path}/analysis/state").text == "completed" or None, "the analysis")
    html = pages.get(path).text
    assert "golangci-lint" in html[html.index('id="issues"') : html.index('id="actions"')]
    record = re.search(rf'href="{path}/transcript\?record=(\d+)#record-\1"', html)
    assert record is not None
    assert f'id="record-{record[1]}"' in html
    assert "Generate analysis" not in html


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_site_cannot_press_the_button(pages: httpx.Client, headers: dict[str, str]) -> None:
    path = f"/sessions/{bare_id('hostile')}"
    assert pages.post(f"{path}/analysis", headers=headers).status_code == 403
    assert "Generate analysis" in pages.get(path).text


def test_assets_are_kept_by_browsers_and_lead_nowhere_else(pages: httpx.Client) -> None:
    style = re.search(r'href="(/static/hotwash\.css\?v=\w+)"', pages.get("/").text)
    assert style is not None
    answer = pages.get(style[1])
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    for name in ("routes.py", "..%2Froutes.py", "../routes.py"):
        assert pages.get(f"/static/{name}").status_code == 404


def test_logging_out_ends_it(running: Server, pages: httpx.Client) -> None:
    """The cookie is taken back from the browser that logs out."""
    with httpx.Client(base_url=running.base_url, cookies=httpx.Cookies(pages.cookies)) as leaving:
        answer = leaving.post("/logout")
        assert answer.status_code == 200
        assert "hotwash_session" not in leaving.cookies
        assert 'hotwash_session=""' in answer.headers["set-cookie"]
