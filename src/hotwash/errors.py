"""The base error. Every expected failure is a class with an HTTP status, a stable code and one sentence that says what to do."""

from typing import ClassVar


class HotwashError(Exception):
    """An expected failure, with the HTTP status and the exit code it gives. `str(error)` is the sentence shown to people: it names the thing and the next step."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(HotwashError):
    """The thing does not exist, or the caller may not know that it does."""

    status = 404
    code = "not_found"


class InvalidInput(HotwashError):
    """A parameter, body or file that cannot be accepted as it is."""

    status = 422
    code = "invalid_input"


class Unauthenticated(HotwashError):
    """No credential, or one that is unknown, expired or revoked."""

    status = 401
    code = "unauthenticated"


class Forbidden(HotwashError):
    """The credential is good; the permission is missing."""

    status = 403
    code = "forbidden"
