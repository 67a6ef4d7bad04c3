"""What detectors and parts may ask about a session. Computed once, in one pass over the events, by `facts.collect`."""

from typing import Literal

import msgspec

from hotwash.analysis.model import Phase, UserTurn
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, ToolCall, Transcript, UserMessage

CheckKind = Literal["test", "build", "lint", "type_check", "format"]
ClaimKind = Literal["tests_pass", "build_passes", "lint_passes", "verified", "fixed", "done", "pushed"]
CorrectionKind = Literal["defect", "misunderstanding", "unverified_claim"]
EditKind = Literal["create", "edit", "delete"]


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """One program of a command line: `git push --force` is name `git`, subcommand `push`, words `("--force",)`."""

    name: str
    """Base name, without path and without wrappers such as `sudo`, `env`, `timeout`."""
    subcommand: str | None = None
    words: tuple[str, ...] = ()
    hidden: bool = False
    """Its failure would not show in the line's exit code (`a; b`, `a | b`, `a || true`)."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A shell call, parsed."""

    call: ToolCall
    programs: tuple[Program, ...]
    """In order, across `&&`, `;`, pipes."""
    failed: bool | None
    """By exit code where told, else by the agent's status. None: cannot be told."""
    piped: bool = False
    """The exit code is that of the last program of a pipe: a failure before it may be hidden."""


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of tests, a build, a linter, a type checker."""

    call: ToolCall
    kind: CheckKind
    tool: str
    """`pytest`, `go test`, `golangci-lint`, …"""
    target: str
    """The normalised command, to tell a rerun from another check."""
    passed: bool | None
    """None: the output does not tell (cut, piped, still running)."""
    failures: int | None = None
    """Failing tests, errors or findings, where the output counts them."""
    line: str = ""
    """The line of the output that shows the failure, verbatim; empty where there is none."""
    narrow: bool = False
    """Only a chosen part ran: named tests, one file, one package."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a file that took effect."""

    call: ToolCall
    path: str
    kind: EditKind
    added: tuple[str, ...] = ()
    """Lines written, stripped."""
    removed: tuple[str, ...] = ()


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call that failed, with the line that says so."""

    call: ToolCall
    line: str
    """Verbatim line of the output that names the error; empty where there is none."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence in which the agent states success."""

    message: AgentMessage
    kind: ClaimKind
    sentence: str
    """Verbatim."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A message in which the person objects to the work before it."""

    message: UserMessage
    kind: CorrectionKind
    """What it shows: a fault in a change, something else done than asked, or a statement that does not hold."""
    words: str
    """The words of the message that tell the kind, verbatim; empty where only the agent's answer tells."""
    before: AgentMessage | None
    """The agent's last words before it."""
    edits: tuple[Edit, ...]
    """Changes since the person spoke last, or, where there are none, all changes before."""
    ended: int
    """Seq of the agent's next statement of success, else of the last event before the person speaks again: the mending lies between."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a detector needs, prefetched."""

    transcript: Transcript
    events: tuple[Event, ...]
    calls: tuple[ToolCall, ...]
    commands: tuple[Command, ...]
    checks: tuple[CheckRun, ...]
    edits: tuple[Edit, ...]
    failures: tuple[Failure, ...]
    claims: tuple[Claim, ...]
    messages: tuple[UserMessage, ...]
    agent_messages: tuple[AgentMessage, ...]
    turns: tuple[UserTurn, ...]
    """One for each of `messages`, and one for each interruption recorded without words; told apart by `seq`."""
    instructions: tuple[Instruction, ...]
    lifecycle: tuple[Lifecycle, ...]
    phases: tuple[Phase, ...]
    tokens_at: tuple[int, ...]
    """Tokens spent up to and including each event, by `seq`; empty where the format has no tokens."""
    corrections: tuple[Correction, ...] = ()
    """Messages in which the person objects, in session order."""
    acus: float | None = None
    """ACUs of the whole session, to share out over issues."""
