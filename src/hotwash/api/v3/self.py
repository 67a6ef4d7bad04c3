"""Who the caller's credential belongs to (contract section 5)."""

from typing import Annotated

from fastapi import APIRouter

from hotwash.api.callers import Caller, requires
from hotwash.api.wire.principal import ServiceUserSelf

router = APIRouter(tags=["identity"])


@router.get("/v3/self")
def get_self(caller: Annotated[Caller, requires("ReadAccountMeta")]) -> ServiceUserSelf:
    """The service user whose key is used. `org_id` is null for one of the whole enterprise."""
    principal = caller.principal
    return ServiceUserSelf(service_user_id=principal.id, service_user_name=principal.name, org_id=principal.org_id)
