"""A program as the model: the whole question on standard input, the answer on standard output. So the agent that a developer already has can judge."""

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path

from hotwash.analysis.judge.model import Request
from hotwash.judging.model import ModelUnusable, NoAnswer, Reply
from hotwash.judging.workplace import workplace
from hotwash.kit.text import one_line, printable

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""A debrief has some 20 kB, and agents may say a good deal around it; a program that prints without end is stopped."""
MAX_COMPLAINT_BYTES = 64 * 1024
"""Of standard error the end is kept, for its last line."""
COMPLAINT_CHARS = 200
NAME_CHARS = 120
"""Of the command line, in reports and as the source of issues."""
END_S = 5.0
"""Seconds that a killed program gets to be gone."""
_CHUNK_BYTES = 64 * 1024
_NOT_HANDED_ON = ("HOTWASH_", "OTEL_")
"""Ours hold keys and addresses, and would have the program's own hooks write where we do; the others would have its telemetry come to us."""
Redact = Callable[[str], str]


class CommandModel:
    """Runs the program anew for every request, in an empty folder, without a shell, in a process group of its own that is killed in the end."""

    def __init__(self, command: str, *, answer_s: float, env: Mapping[str, str], redact: Redact) -> None:
        """`redact` takes secrets out of what the program complains of. Raises ModelUnusable where the command line cannot be read."""
        self.name = f"command:{one_line(printable(redact(command)), NAME_CHARS)}"
        self._arguments = split(command)
        self._program = Path(self._arguments[0]).name
        self._answer_s = answer_s
        self._env = {name: value for name, value in env.items() if not name.startswith(_NOT_HANDED_ON)}
        self._redact = redact

    async def ask(self, request: Request, complaint: str | None) -> Reply:
        question = request.as_text if complaint is None else f"{request.as_text}\nYour last answer could not be used: {complaint}\n"
        with workplace() as folder:
            process = await self._start(folder)
            try:
                async with asyncio.timeout(self._answer_s):
                    _, said, complained, _ = await asyncio.gather(
                        _feed(process, question.encode("utf-8", "replace")),
                        _read_answer(process),
                        _read_end(process),
                        process.wait(),
                    )
            except TimeoutError as error:
                raise NoAnswer(
                    f"`{self._program}` did not answer within {self._answer_s:.0f} s; HOTWASH_ANALYSIS_TIMEOUT_S allows more"
                ) from error
            finally:
                await _end(process)
        if said is None:
            raise NoAnswer(f"`{self._program}` printed more than {MAX_ANSWER_BYTES // 1024 // 1024} MB")
        if process.returncode:
            raise NoAnswer(self._failed(process.returncode, complained))
        return Reply(text=said.decode("utf-8", "replace"), usage=None)

    async def _start(self, folder: Path) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self._arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=folder, env=self._env, start_new_session=True
            )
        except FileNotFoundError as error:
            raise missing_program(self._program) from error
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or type(error).__name__).lower()
            raise ModelUnusable(f"the program `{self._program}` cannot be started ({why}); check HOTWASH_ANALYSIS_MODEL") from error

    def _failed(self, code: int, complained: bytes) -> str:
        lines = [line for line in complained.decode("utf-8", "replace").splitlines() if line.strip()]
        last = one_line(printable(self._redact(lines[-1])), COMPLAINT_CHARS) if lines else "it said nothing on standard error"
        ended = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        return f"`{self._program}` {ended}: {last}"


def split(command: str) -> list[str]:
    """Program and arguments, as a shell would read them. Raises ModelUnusable."""
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise ModelUnusable(f"HOTWASH_ANALYSIS_MODEL: the command cannot be read ({error}); quote it as for a shell") from error
    if not arguments:
        raise ModelUnusable("HOTWASH_ANALYSIS_MODEL: `command:` names no program; write for example `command:claude -p`")
    return arguments


def missing_program(name: str) -> ModelUnusable:
    """What is said where the program is not there."""
    return ModelUnusable(f"there is no program `{name}` here; install it, or name its path in HOTWASH_ANALYSIS_MODEL")


async def _feed(process: Process, question: bytes) -> None:
    """A program that answers without reading all of it is its own affair."""
    assert process.stdin is not None  # noqa: S101 (asked for above)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(question)
        await process.stdin.drain()
    process.stdin.close()


async def _read_answer(process: Process) -> bytes | None:
    """Standard output to its end. None: there was too much of it, and the program has been killed."""
    assert process.stdout is not None  # noqa: S101 (asked for above)
    said = bytearray()
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        if len(said) > MAX_ANSWER_BYTES:
            continue  # what is left in the pipe must be read, or the system never tells that the program has ended
        said += chunk
        if len(said) > MAX_ANSWER_BYTES:
            _kill(process)
    return bytes(said) if len(said) <= MAX_ANSWER_BYTES else None


async def _read_end(process: Process) -> bytes:
    """The end of standard error, however much there is."""
    assert process.stderr is not None  # noqa: S101 (asked for above)
    end = b""
    while chunk := await process.stderr.read(_CHUNK_BYTES):
        end = (end + chunk)[-MAX_COMPLAINT_BYTES:]
    return end


def _kill(process: Process) -> None:
    """Kills the program with all that it started."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


async def _end(process: Process) -> None:
    """Kills the program and waits for it, with its pipes emptied. What left its process group may hold them open, and is not waited for."""
    _kill(process)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await asyncio.gather(_read_answer(process), _read_end(process), process.wait())
