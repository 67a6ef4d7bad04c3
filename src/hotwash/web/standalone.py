"""A page that is handed on as a file: styles inside, no script, nothing loaded from anywhere."""

from collections.abc import Iterable

from markupsafe import Markup

from hotwash.web import markdown
from hotwash.web.templating import fill


def page(title: str, parts: Iterable[str]) -> str:
    """The parts, each Markdown of ours that quotes what strangers wrote, as one page."""
    return fill("standalone.html", title=title, parts=[Markup("").join(_sections(part)) for part in parts])


def _sections(part: str) -> Iterable[Markup]:
    """Section by section, because a message as long as a transcript would be shown as it stands."""
    section: list[str] = []
    fence = ""
    for line in part.splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if not fence and line.startswith("### ") and section:
            yield markdown.render("\n".join(section))
            section = []
        if len(ticks) >= 3 and not fence:
            fence = ticks
        elif fence and line == fence:
            fence = ""
        section.append(line)
    if section:
        yield markdown.render("\n".join(section))
