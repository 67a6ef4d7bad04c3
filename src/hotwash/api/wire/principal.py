"""Who is asking, on the wire (contract section 5, GET /v3/self)."""

from typing import Literal

from pydantic import BaseModel


class ServiceUserSelf(BaseModel):
    principal_type: Literal["service_user"] = "service_user"
    service_user_id: str
    service_user_name: str
    org_id: str | None
