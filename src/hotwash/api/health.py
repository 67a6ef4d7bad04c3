"""Whether the process lives and whether it can serve: for supervisors and load balancers. Open to everybody, and say nothing else."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from hotwash.api.callers import GivenServices
from hotwash.errors import HotwashError

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class NotReady(HotwashError):
    """The server cannot do its work yet, or no longer."""

    status = 503
    code = "not_ready"


@router.get("/healthz")
def healthz() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz")
def readyz(services: GivenServices) -> Health:
    """The database answers and background jobs run; 503 until both do."""
    with services.db.read() as conn:
        conn.execute(text("SELECT 1"))
    if not services.jobs.running:
        raise NotReady("Background jobs are not running yet")
    return Health()
