"""Messages as HTML. Agents write Markdown; what they write is hostile, so raw HTML stays text and the result is cleaned as well."""

import itertools
import re
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from hotwash.kit.text import one_line, printable

MAX_RENDERED_CHARS: Final = 20_000
"""A longer message is shown as plain text: nobody reads it as a document, and rendering it would hold up the page."""

MAX_MARKS: Final = 1_000
"""Of characters that may mean something in Markdown, in one message of a transcript. Of 4,313 real ones none has more than 327; the time that
brackets and stars take grows with their square, and a page shows 200 messages."""
_MARK: Final = re.compile(r"[\[\]*_`<>|~]|^[ \t]*[-=+]", re.MULTILINE)

EXCERPT_CHARS: Final = 160
"""About what fits on a line of a wide page."""
_EXCERPT_SOURCE_CHARS: Final = 2_000
"""The start that an excerpt is made of: white space is not folded over megabytes for one line."""

ALLOWED_TAGS: Final = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "a"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https", "mailto"}


class _Markdown(MarkdownIt):
    """Links lead to other sites or nowhere: an agent's relative ones name files of a machine that this server is not."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 the library's name
        return url.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES))


_markdown = _Markdown("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")
_code_spans = MarkdownIt("zero").enable("backticks")


def render(text: str) -> Markup:
    """The message as safe HTML: no scripts, images, styles, forms, terminal escapes or direction-changing characters."""
    clean = printable(text)
    if len(clean) > MAX_RENDERED_CHARS:
        return _as_it_stands(clean)
    html = _markdown.render(clean)
    safe = nh3.clean(html, tags=ALLOWED_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow")
    return Markup(safe)  # noqa: S704 just cleaned


def message(text: str) -> Markup:
    """A message of a transcript as safe HTML; as plain text where it holds more marks than anybody writes."""
    marks = sum(1 for _ in itertools.islice(_MARK.finditer(text[:MAX_RENDERED_CHARS]), MAX_MARKS + 1))
    return render(text) if marks <= MAX_MARKS else _as_it_stands(printable(text))


def inline(text: str) -> Markup:
    """A sentence of ours in which words between backticks are code. Nothing else is markup: it quotes what strangers wrote."""
    safe = nh3.clean(_code_spans.renderInline(printable(text)), tags={"code"}, attributes={})
    return Markup(safe)  # noqa: S704 just cleaned


def plain(text: str) -> Markup:
    """The text as it stands, escaped, without characters that could mislead."""
    return escape(printable(text))


def excerpt(text: str) -> Markup:
    """The start of the text on one line, escaped, without the asterisks that agents put around headings."""
    return escape(one_line(printable(text[:_EXCERPT_SOURCE_CHARS]).replace("**", ""), EXCERPT_CHARS))


def _as_it_stands(clean: str) -> Markup:
    return Markup('<pre class="plain">{}</pre>').format(clean)
