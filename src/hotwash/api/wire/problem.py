"""The error body (contract section 1, schema ProblemDetail)."""

from pydantic import BaseModel, Field


class ProblemError(BaseModel):
    """One wrong parameter. What was sent is not repeated: it may be a secret."""

    loc: list[str] = Field(description="Where: `query` or `path`, then the parameter.")
    msg: str
    type: str


class ProblemDetail(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = Field(default=None, description="One sentence: what is wrong and what to do.")
    instance: str | None = Field(default=None, description="Path of the request.")
    errors: list[ProblemError] | None = Field(default=None, description="Only with status 422.")
