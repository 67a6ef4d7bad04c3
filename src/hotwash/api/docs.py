"""The interactive API page. It works offline and under a strict Content-Security-Policy: swagger-ui's files come from a package."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)

swagger_ui = StaticFiles(packages=[("fastapi_offline", "static")])
"""swagger-ui as npm publishes it (swagger-ui-dist), in a wheel."""

_OWN = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"


@router.get("/docs")
def page() -> FileResponse:
    """The API page."""
    return FileResponse(_OWN / "docs.html", headers={"content-security-policy": _POLICY})


@router.get("/docs/start.js")
def start() -> FileResponse:
    """What the API page runs: no script stands in the page itself."""
    return FileResponse(_OWN / "docs.js", media_type="text/javascript")
