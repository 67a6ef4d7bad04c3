"""Messages as HTML."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.web import markdown


def test_markdown_is_rendered() -> None:
    html = markdown.render("Run **all** of `make test`:\n\n- unit\n- browser\n\n```\nok\n```")
    assert "<strong>all</strong>" in html
    assert "<code>make test</code>" in html
    assert "<li>unit</li>" in html
    assert "<pre><code>ok\n</code></pre>" in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![pixel](https://tracker.example/p.png)",
        "[click](javascript:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "<style>body{display:none}</style>",
        "<form action=//evil.example><input name=a></form>",
        "`<script>` and <svg onload=alert(1)>",
    ],
)
def test_nothing_in_a_message_runs_or_loads(hostile: str) -> None:
    """What was markup in the message is text on the page."""
    tags = _Tags(str(markdown.render(hostile)))
    assert tags.names <= markdown.ALLOWED_TAGS
    assert tags.attributes <= {"href", "title", "rel"}
    assert all(address.startswith(("https:", "http:", "mailto:")) for address in tags.addresses)


@given(st.text(alphabet="<>&\"'`*_[]()!#\\\n aéscript:/="))
def test_only_the_allowed_tags_come_out(text: str) -> None:
    assert _Tags(str(markdown.render(text))).names <= markdown.ALLOWED_TAGS


def test_links_do_not_tell_where_they_were_clicked() -> None:
    assert 'rel="noopener noreferrer nofollow"' in markdown.render("[docs](https://docs.example)")


def test_links_to_files_are_text() -> None:
    """An agent links to files of its machine; on this server they would lead nowhere, or to a page of ours."""
    html = str(markdown.render("[here](src/app.py) and [there](/sessions/1) and [far](//evil.example)"))
    assert "<a" not in html
    assert "src/app.py" in html


def test_terminal_escapes_and_direction_changes_are_gone() -> None:
    assert str(markdown.plain("\x1b[31mred\x1b[0m \u202eevil\x07")) == "red evil"


def test_a_huge_message_stays_plain() -> None:
    text = "*a* " * markdown.MAX_RENDERED_CHARS
    assert str(markdown.render(text)).startswith('<pre class="plain">*a* *a*')


def test_in_a_sentence_only_code_is_markup() -> None:
    assert str(markdown.inline("`go vet` <b>failed</b> *twice*")) == "<code>go vet</code> &lt;b&gt;failed&lt;/b&gt; *twice*"


class _Tags(HTMLParser):
    """The tags, attributes and addresses in some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name == "href"}


@pytest.mark.parametrize("part", ["[", "[\n", "[a](", "![", "**a", "_a", "a*_", "* a\n  ", "|a|\n|-|\n", "-\n", "a\n=\n", "<"])
def test_a_message_of_marks_alone_holds_up_no_page(part: str) -> None:
    """A page shows two hundred of them."""
    text = (part * markdown.MAX_RENDERED_CHARS)[: markdown.MAX_RENDERED_CHARS]
    started = time.process_time()
    shown = markdown.message(text)
    assert time.process_time() - started < 0.2
    assert shown.startswith('<pre class="plain">')


def test_a_message_with_many_marks_is_still_rendered() -> None:
    assert markdown.message("**bold** " * 200).count("<strong>bold</strong>") == 200
