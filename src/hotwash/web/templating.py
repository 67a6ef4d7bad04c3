"""From view models to responses: one Jinja environment that escapes everything, and the headers every page carries."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hotwash.web import markdown
from hotwash.web.assets import asset_url
from hotwash.web.pages import figures

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere: a transcript that slips through the escaping still cannot run or load anything."""

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["asset_url"] = asset_url
_environment.filters.update(
    acus=figures.acus,
    clean=markdown.plain,
    count=figures.count,
    day=figures.day,
    duration=figures.duration,
    excerpt=markdown.excerpt,
    inline=markdown.inline,
    iso=figures.iso,
    markdown=markdown.message,
    moment=figures.moment,
    plural=figures.plural,
    short=figures.short_count,
    time=figures.time_of_day,
    usd=figures.usd,
)


def fill(template: str, **context: object) -> str:
    """The template filled in."""
    return _environment.get_template(template).render(context)


def page(template: str, *, status: int = 200, **context: object) -> HTMLResponse:
    """The template filled in, as a response."""
    return HTMLResponse(fill(template, **context), status_code=status, headers=dict(HEADERS))
