"""Uploads: one transcript, or an archive of several, straight from the body. It waits in a file, so that its size costs no memory."""

import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from hotwash.api.callers import Caller, GivenServices, requires_at_own_level
from hotwash.api.wire import ours as wire
from hotwash.errors import InvalidInput
from hotwash.identity import service as identity
from hotwash.insights import service as insights
from hotwash.intake import service as intake
from hotwash.kit import clock
from hotwash.readers import READERS
from hotwash.services import Services

PATH = "/hotwash/v1/imports"
UPLOAD_PREFIX = "upload-"
"""Of the files in which bodies wait."""
UNNAMED = "upload"
"""What an upload without a name is called in the answer."""
DEFAULT_ORGANIZATION = "default"
"""Where sessions go that an enterprise caller sends without naming an organization; the command line puts them there too."""

_BODY = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}

router = APIRouter(tags=["hotwash"])

Manager = Annotated[Caller, requires_at_own_level(organization="ManageOrgSessions", enterprise="ManageAccountSessions")]


@router.post(PATH, openapi_extra={"requestBody": _BODY})
async def import_sessions(
    request: Request, caller: Manager, services: GivenServices, query: Annotated[wire.ImportQuery, Query()]
) -> wire.ImportSummary:
    """Takes in a transcript (plain, gzip or zstd), or a tar or zip of several. Secrets are redacted before anything is stored. Safe to
    repeat: a session that is there already is updated where it has grown, and otherwise left as it is."""
    _check_format(query.format)
    with tempfile.NamedTemporaryFile(dir=services.data_dir, prefix=UPLOAD_PREFIX) as file:
        async for chunk in request.stream():
            file.write(chunk)
        file.flush()
        return await run_in_threadpool(_take_in, services, caller, query, Path(file.name))


def _take_in(services: Services, caller: Caller, query: wire.ImportQuery, path: Path) -> wire.ImportSummary:
    """The uploader is not made the session's service user: that is who ran it, and the same file gives the same session by any route."""
    now = clock.now()
    org_id = caller.org_id or _default_organization(services, now)
    summary = intake.import_upload(
        services.db,
        services.blobs,
        path,
        name=query.name or UNNAMED,
        org_id=org_id,
        user_id=query.user_id,
        tags=tuple(query.tags),
        format=query.format,
        now=now,
        settings=services,
    )
    if query.generate:
        for taken in summary.sessions:
            changed = taken.outcome != "unchanged"
            insights.generate(
                services.db, services.jobs, caller.scope, taken.session_id, org_id, now=now, again=changed, engine=services.engine
            )
    return wire.ImportSummary.model_validate(msgspec.to_builtins(summary))


def _check_format(name: str | None) -> None:
    formats = [reader.format for reader in READERS]
    if name is not None and name not in formats:
        raise InvalidInput(f"format: not one of {', '.join(formats)}")


def _default_organization(services: Services, now: float) -> str:
    with services.db.write() as conn:
        return identity.ensure_organization(conn, DEFAULT_ORGANIZATION, now)


def forget_interrupted(folder: Path) -> None:
    """Removes what uploads left in the data folder when the server was killed."""
    for left in folder.glob(f"{UPLOAD_PREFIX}*"):
        left.unlink(missing_ok=True)
