"""What passes between the judge and whoever asks the model: requests out, answers in."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from hotwash.analysis.facts.model import Facts
from hotwash.analysis.judge.windows import Window
from hotwash.analysis.model import Analysis
from hotwash.errors import HotwashError
from hotwash.transcript import Transcript

Pass = Literal["find", "refute"]
"""The first pass debriefs; the second tries to refute every issue that the first named."""


class UnusableAnswer(HotwashError):
    """An answer that is not the JSON that was asked for. The sentence says what is wrong, so that the model can be asked again."""

    code = "unusable_answer"


class NotJudged(HotwashError):
    """No request of the first pass has a usable answer: there is nothing to conclude from."""

    code = "not_judged"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the model. Equal for the same session, analyser and prompts, so that an answer can be kept and found again."""

    id: str
    """Letters, digits and hyphens, at most 64: what the providers' batch files take. A digest of all that is asked is part of it."""
    which: Pass
    system: str
    prompt: str
    schema: Mapping[str, object]
    """JSON schema of the answer; strict: every property is required and no other is allowed."""

    @property
    def schema_name(self) -> str:
        """What a provider calls the answer's shape."""
        return "debrief" if self.which == "find" else "verdicts"

    @property
    def as_text(self) -> str:
        """The whole question in one text, the schema included: for models that take no separate system text and no schema."""
        schema = msgspec.json.encode(self.schema).decode()
        return f"{self.system}\n\n{self.prompt}\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n{schema}\n"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A session laid before the judge."""

    transcript: Transcript
    facts: Facts
    rules: Analysis
    """What the rules engine found: hints that the model may reject, and what is kept when it fails."""
    windows: tuple[Window, ...]
    requests: tuple[Request, ...]
    """The first pass, a request a window. Empty: the session holds no agent message, there is nothing to judge."""


Answers = Mapping[str, str]
"""The model's words by request id. A request without an answer is counted as unanswered."""
