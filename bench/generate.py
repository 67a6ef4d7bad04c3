"""Sessions to race on: Claude Code transcripts of a wanted size, with the mixture of records that real ones have. The same seed gives the same bytes."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

REAL_SESSION_BYTES: Final = 140_000
"""The size that the budgets speak of: about the median of real Claude Code sessions."""

FILE_LINES: Final = 90
OUTPUT_LINES: Final = 25
SIGNATURE_BITS: Final = 4_000
"""So that a record of a result has some 8 KB and one of the agent 1 to 2 KB, as the mean of 76 real sessions has: results stand twice in them,
as the model saw them and structured, and an edit brings the whole file it changed."""

_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_FILES = ("src/billing/invoice.py", "src/billing/tax.py", "src/api/routes.py", "tests/test_invoice.py", "tests/test_tax.py", "README.md")
_COMMANDS = (
    (
        "pytest -q tests/test_invoice.py",
        "....F...\nFAILED tests/test_invoice.py::test_rounding - AssertionError: 10.0 != 10.01\n1 failed, 7 passed in 0.41s",
        1,
    ),
    ("pytest -q", "........................\n24 passed in 1.93s", 0),
    ("ruff check src", "All checks passed!", 0),
    ("git status --short", " M src/billing/invoice.py\n M tests/test_invoice.py", 0),
    (
        "rg -n 'round\\(' src",
        "src/billing/invoice.py:41:    return round(total, 2)\nsrc/billing/tax.py:17:    return round(rate * net, 2)",
        0,
    ),
)
_WORDS = [
    "the",
    "invoice",
    "total",
    "rounds",
    "half",
    "to",
    "even",
    "where",
    "the",
    "ledger",
    "wants",
    "half",
    "up",
    "so",
    "tax",
    "lines",
    "drift",
    "by",
    "a",
    "cent",
    "and",
    "the",
    "check",
    "fails",
    "on",
    "long",
    "orders",
]


def claude_session(seed: int, size_bytes: int = REAL_SESSION_BYTES) -> bytes:
    """A session of at least `size_bytes`, as JSON lines."""
    return _Writer(seed).write(size_bytes)


class _Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.session = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        self.at = _START
        self.parent: str | None = None
        self.lines: list[bytes] = []
        self.size = 0

    def write(self, size_bytes: int) -> bytes:
        self.person("Totals drift by a cent on long orders. Find out why and fix it; keep the public interface.")
        turn = 0
        while self.size < size_bytes:
            turn += 1
            self.turn()
            if turn % 12 == 0:
                self.person(f"Good. Now look at part {turn // 12} of the report as well.")
        self.assistant([{"type": "text", "text": "The rounding now follows the ledger. All 24 tests pass."}])
        return b"".join(self.lines)

    def turn(self) -> None:
        call = f"toolu_{self.random.getrandbits(80):020x}"
        kind = self.random.random()
        if kind < 0.35:
            self.read(call)
        elif kind < 0.55:
            self.edit(call)
        else:
            self.run(call)

    def read(self, call: str) -> None:
        path, content = self.random.choice(_FILES), self.file()
        self.assistant(
            [{"type": "text", "text": self.sentence(18)}, {"type": "tool_use", "id": call, "name": "Read", "input": {"file_path": path}}]
        )
        numbered = "\n".join(f"{number:6d}→{line}" for number, line in enumerate(content.split("\n"), 1))
        self.result(call, numbered, {"type": "text", "file": {"filePath": path, "content": content, "numLines": FILE_LINES}})

    def edit(self, call: str) -> None:
        path, old, new = self.random.choice(_FILES), self.sentence(12), self.sentence(14)
        arguments = {"file_path": path, "old_string": old, "new_string": new}
        signature = f"{self.random.getrandbits(SIGNATURE_BITS):x}"
        thinking: dict[str, object] = {"type": "thinking", "thinking": self.sentence(40), "signature": signature}
        self.assistant([thinking, {"type": "tool_use", "id": call, "name": "Edit", "input": arguments}])
        hunk = {"oldStart": 7, "oldLines": 1, "newStart": 7, "newLines": 1, "lines": [f"-{old}", f"+{new}"]}
        structured = {"filePath": path, "oldString": old, "newString": new, "originalFile": self.file(), "structuredPatch": [hunk]}
        self.result(call, f"The file {path} has been updated.", structured)

    def run(self, call: str) -> None:
        command, end, code = self.random.choice(_COMMANDS)
        output = "\n".join([*(self.sentence(11) for _ in range(OUTPUT_LINES)), end])
        self.assistant([{"type": "tool_use", "id": call, "name": "Bash", "input": {"command": command, "description": self.sentence(4)}}])
        if code:
            self.result(call, f"Exit code {code}\n{output}", f"Error: Exit code {code}\n{output}", failed=True)
        else:
            self.result(call, output, {"stdout": output, "stderr": "", "interrupted": False})

    def person(self, text: str) -> None:
        self.record({"type": "user", "message": {"role": "user", "content": text}})

    def assistant(self, blocks: list[dict[str, object]]) -> None:
        message_id, request_id = f"msg_{self.random.getrandbits(80):020x}", f"req_{self.random.getrandbits(80):020x}"
        usage = {
            "input_tokens": self.random.randint(3, 40),
            "cache_creation_input_tokens": self.random.randint(200, 3000),
            "cache_read_input_tokens": self.random.randint(20_000, 90_000),
            "output_tokens": self.random.randint(60, 900),
        }
        for block in blocks:
            message = {
                "model": "claude-sonnet-4-5-20250929",
                "id": message_id,
                "type": "message",
                "role": "assistant",
                "content": [block],
                "usage": usage,
            }
            self.record({"type": "assistant", "message": message, "requestId": request_id})

    def result(self, call: str, text: str, structured: object, *, failed: bool = False) -> None:
        block = {"tool_use_id": call, "type": "tool_result", "content": text, "is_error": failed}
        self.record({"type": "user", "message": {"role": "user", "content": [block]}, "toolUseResult": structured})

    def record(self, body: dict[str, object]) -> None:
        self.at += timedelta(milliseconds=self.random.randint(400, 9000))
        own = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        frame = {
            "parentUuid": self.parent, "isSidechain": False, "userType": "external", "cwd": "/home/dev/ledger", "sessionId": self.session,
            "version": "2.1.214", "gitBranch": "fix/rounding", "uuid": own, "timestamp": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }  # fmt: skip
        self.parent = own
        line = json.dumps(frame | body, ensure_ascii=False).encode() + b"\n"
        self.lines.append(line)
        self.size += len(line)

    def file(self) -> str:
        return "\n".join(f"    {self.sentence(9)}" for _ in range(FILE_LINES))

    def sentence(self, words: int) -> str:
        return " ".join(self.random.choices(_WORDS, k=words))
