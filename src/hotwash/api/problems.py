"""One shape for every error: RFC 9457 problem details with a string `detail` (contract section 1, errors). Nothing a caller sent is echoed."""

import http
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from hotwash.api.wire.problem import ProblemDetail, ProblemError
from hotwash.errors import HotwashError

MEDIA_TYPE = "application/problem+json"

_SENTENCES = {
    404: "There is nothing at this address; /docs lists the routes",
    405: "This address does not take that method; the Allow header names those it takes",
    413: "The body is larger than this server accepts",
    500: "Something failed inside Hotwash; the server's log says where",
    503: "Hotwash cannot do this at the moment; the server's log says why",
}
"""Instead of the framework's words, and of sentences of ours that name files of the server."""

_HEADERS = {
    401: {"www-authenticate": "Bearer"},
    409: {"x-should-retry": "false"},  # clients repeat a 409 unless told that it is final (contract section 10.5)
    503: {"retry-after": "1"},
}

_log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Makes every error of this application a problem."""
    for kind in (HotwashError, RequestValidationError, HTTPException, ClientDisconnect, Exception):
        app.add_exception_handler(kind, _answer)


def problem(
    status: int,
    detail: str,
    *,
    path: str,
    errors: Sequence[ProblemError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An error response. `detail` is one sentence that says what to do, empty for the usual one of this status; `path` is the request's."""
    body = ProblemDetail(
        title=http.HTTPStatus(status).phrase,
        status=status,
        detail=_SENTENCES[status] if status in _SENTENCES and (status >= 500 or not detail) else detail,
        instance=quote(path, safe="/:@|"),
        errors=list(errors) if errors is not None else None,
    )
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**_HEADERS.get(status, {}), **(headers or {})},
    )


def _answer(request: Request, error: Exception) -> Response:
    path: str = request.scope["path"]
    match error:
        case HotwashError():
            if error.status >= 500:
                _log.error("request refused", code=error.code, reason=error.sentence)
            return problem(error.status, error.sentence, path=path)
        case RequestValidationError():
            items = [_wrong(item["loc"], item["msg"], item["type"]) for item in error.errors()]
            return problem(422, "; ".join(f"{_parameter(item.loc)}: {item.msg}" for item in items), path=path, errors=items)
        case HTTPException():
            detail = "" if error.status_code in _SENTENCES else str(error.detail)
            return problem(error.status_code, detail, path=path, headers=error.headers)
        case ClientDisconnect():  # nobody reads this, and nothing is wrong with the server
            return problem(400, "The body ended before it was complete", path=path)
        case _:  # a fault of ours; its words may quote a transcript, so neither log nor answer carries them
            return problem(500, "", path=path)


def _wrong(loc: Sequence[str | int], message: str, kind: str) -> ProblemError:
    return ProblemError(loc=[str(part) for part in loc], msg=message.removeprefix("Value error, "), type=kind)


def _parameter(loc: Sequence[str]) -> str:
    """`first` for a location such as query, first; positions in a list are left out."""
    names = [part for part in loc[1:] if not part.isdigit()]
    return ".".join(names) or loc[0]
