"""A program as the model: the whole question on standard input, the answer on standard output. So the agent that a developer already has can judge."""

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from asyncio import SubprocessTransport
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
LAST_WORDS_S = 1.0
"""Seconds for reading what a program that ended had printed. More only passes where something that left its process group holds the pipes."""
_STDIN, _STDERR = 0, 2
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
            program, heard = await self._start(folder)
            try:
                _feed(program, question.encode("utf-8", "replace"))
                async with asyncio.timeout(self._answer_s):
                    await heard.enough
            except TimeoutError as error:
                raise NoAnswer(
                    f"`{self._program}` did not answer within {self._answer_s:.0f} s; HOTWASH_ANALYSIS_TIMEOUT_S allows more"
                ) from error
            finally:
                await _end(program, heard)
        if len(heard.said) > MAX_ANSWER_BYTES:
            raise NoAnswer(f"`{self._program}` printed more than {MAX_ANSWER_BYTES // 1024 // 1024} MB")
        if code := program.get_returncode():
            raise NoAnswer(self._failed(code, heard.complained))
        return Reply(text=heard.said.decode("utf-8", "replace"), usage=None)

    async def _start(self, folder: Path) -> "tuple[SubprocessTransport, _Heard]":
        loop = asyncio.get_running_loop()
        try:
            return await loop.subprocess_exec(lambda: _Heard(loop), *self._arguments, cwd=folder, env=self._env, start_new_session=True)
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


class _Heard(asyncio.SubprocessProtocol):
    """What a program prints, as it comes. Its end counts, not that of its pipes: helpers that it leaves behind hold those open."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.said = bytearray()
        """Of standard output; what comes after too much of it is thrown away."""
        self.complained = b""
        """The end of standard error, however much there is."""
        self.enough: asyncio.Future[None] = loop.create_future()
        """Done when the program has ended, or has said too much."""
        self.silence: asyncio.Future[None] = loop.create_future()
        """Done when it has ended and nobody can print any more."""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == _STDERR:
            self.complained = (self.complained + data)[-MAX_COMPLAINT_BYTES:]
        elif len(self.said) <= MAX_ANSWER_BYTES:
            self.said += data
            if len(self.said) > MAX_ANSWER_BYTES:
                _settle(self.enough)

    def process_exited(self) -> None:
        _settle(self.enough)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 its end is no failure
        _settle(self.silence)


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _feed(program: SubprocessTransport, question: bytes) -> None:
    """A program that answers without reading all of it is its own affair."""
    pipe = program.get_pipe_transport(_STDIN)
    assert isinstance(pipe, asyncio.WriteTransport)  # noqa: S101 (a pipe to write to, by its number)
    pipe.write(question)
    pipe.write_eof()


def _kill(program: SubprocessTransport) -> None:
    """Kills the program with all that it started."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            program.kill()
        else:
            os.killpg(program.get_pid(), signal.SIGKILL)


async def _end(program: SubprocessTransport, heard: _Heard) -> None:
    """Kills the program and what it left behind, reads its last words, and lets go of the pipes, whoever may still hold their other ends."""
    _kill(program)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S if program.get_returncode() is not None else END_S):
                await heard.silence
    finally:
        pipe = program.get_pipe_transport(_STDIN)
        if isinstance(pipe, asyncio.WriteTransport) and pipe.get_write_buffer_size():
            pipe.abort()  # closing alone would wait for its reader
        program.close()
