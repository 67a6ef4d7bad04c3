"""Small sessions in the format of Claude Code, made for these tests."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

Step = tuple[str, str, bool]
"""A command, what it printed, whether it failed."""

STORY: tuple[Step, ...] = (
    ("git status --short", "", False),
    ("golangci-lint run ./...", "Exit code 127\nbash: golangci-lint: command not found", True),
    ("which golangci-lint", "Exit code 1", True),
    ("golangci-lint run ./...", "Exit code 127\nbash: golangci-lint: command not found", True),
    ("go vet ./...", "", False),
    ("go test ./...", "Exit code 1\n--- FAIL: TestTotals (0.00s)\n    totals_test.go:14: got 3, want 4\nFAIL", True),
    ("sed -i 's/3/4/' totals.go", "", False),
    ("go test ./...", "ok  \texample.test/totals\t0.004s", False),
)
"""A linter that the machine lacks, and a test that fails once."""

STARTED_AT = 1_790_000_000


def session_uuid(name: str) -> str:
    """A session id of its own for each name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"hotwash-acceptance/{name}"))


def bare_id(name: str) -> str:
    """The same as the API writes it."""
    return session_uuid(name).replace("-", "")


def claude_code(
    name: str,
    *,
    prompt: str = "Lint the totals package and make its tests pass.",
    steps: Sequence[Step] = STORY,
    started_at: int = STARTED_AT,
) -> bytes:
    """A main-session file: a request, an agent that runs the steps, and what it says at the end."""
    lines = _Lines(name, started_at)
    lines.user(prompt)
    lines.agent([{"type": "text", "text": "I'll look at the package first."}])
    for number, (command, output, failed) in enumerate(steps):
        call = f"toolu_{name}_{number}"
        lines.agent([{"type": "tool_use", "id": call, "name": "Bash", "input": {"command": command}}])
        lines.user([{"type": "tool_result", "tool_use_id": call, "content": output, "is_error": failed}])
    lines.agent([{"type": "text", "text": "The tests pass now."}])
    return lines.encoded()


class _Lines:
    def __init__(self, name: str, started_at: int) -> None:
        self.name, self.at = name, started_at
        self.lines: list[dict[str, object]] = []

    def user(self, content: object) -> None:
        self._add("user", {"role": "user", "content": content})

    def agent(self, content: object) -> None:
        number = len(self.lines)
        usage = {"input_tokens": 4, "cache_read_input_tokens": 20_000, "cache_creation_input_tokens": 300, "output_tokens": 120}
        message = {
            "id": f"msg_{self.name}_{number}",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": content,
            "usage": usage,
        }
        self._add("assistant", message)

    def _add(self, kind: str, message: dict[str, object]) -> None:
        self.at += 7
        record: dict[str, object] = {
            "type": kind,
            "uuid": session_uuid(f"{self.name}/{len(self.lines)}"),
            "parentUuid": self.lines[-1]["uuid"] if self.lines else None,
            "isSidechain": False,
            "sessionId": session_uuid(self.name),
            "timestamp": datetime.fromtimestamp(self.at, UTC).isoformat().replace("+00:00", ".000Z"),
            "cwd": "/home/dev/totals",
            "gitBranch": "main",
            "version": "2.1.217",
            "userType": "external",
            "message": message,
        }
        self.lines.append(record)

    def encoded(self) -> bytes:
        return b"".join(json.dumps(line).encode() + b"\n" for line in self.lines)
