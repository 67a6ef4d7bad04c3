"""Programs as models: real processes, good ones and bad ones."""

import asyncio
import gc
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from hotwash.analysis.judge.engine import prepare
from hotwash.analysis.judge.model import Request
from hotwash.judging.command import CommandModel
from hotwash.judging.model import ModelUnusable, NoAnswer, Reply
from hotwash.judging.workplace import is_workplace
from tests.unit.analysis.judge.replying import BROKEN_BUILD

ENV = {"PATH": os.environ["PATH"], "HOTWASH_TOKEN": "cog_made_up", "HOTWASH_ANALYSIS_API_KEY": "made up", "OTHER": "kept"}


@pytest.fixture
def request_() -> Request:
    (only,) = prepare(BROKEN_BUILD).requests
    return only


def program(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def ask(line: str, request: Request, complaint: str | None = None, *, answer_s: float = 20, env: Mapping[str, str] = ENV) -> Reply:
    model = CommandModel(line, answer_s=answer_s, env=env, redact=lambda text: text.replace("hunter2", "[REDACTED]"))
    return asyncio.run(model.ask(request, complaint))


def test_the_question_goes_in_and_the_answer_comes_out(request_: Request) -> None:
    reply = ask(program("import sys; print(sys.stdin.read(), end='')"), request_)
    assert reply.text == request_.as_text
    assert reply.usage is None


def test_what_was_wrong_before_is_said_at_the_end(request_: Request) -> None:
    reply = ask(program("import sys; print(sys.stdin.read()[-60:])"), request_, "no JSON object")
    assert reply.text.rstrip().endswith("Your last answer could not be used: no JSON object")


def test_a_program_runs_in_an_empty_folder_that_is_gone_afterwards(request_: Request) -> None:
    reply = ask(program("import os; print(os.getcwd(), os.listdir(), sep='\\n'); open('left', 'w')"), request_)
    folder, content = reply.text.splitlines()
    assert is_workplace(folder)
    assert Path(folder).is_relative_to(Path(tempfile.gettempdir()).resolve())
    assert content == "['.git']"  # what Codex wants to see; there is nothing in it
    assert not Path(folder).exists()


def test_a_program_does_not_see_what_is_ours(request_: Request) -> None:
    """Keys of the server, and the address of the store that its own hooks would write to."""
    names = ask(program("import os; print(*os.environ)"), request_).text.split()
    assert "OTHER" in names
    assert [name for name in names if name.startswith("HOTWASH_")] == []


def test_no_shell_reads_the_command(request_: Request) -> None:
    reply = ask(program("import sys; print(sys.argv[1:])") + " '$HOME' '; exit 1' '`id`'", request_)
    assert reply.text.strip() == "['$HOME', '; exit 1', '`id`']"


def test_a_program_that_does_not_read_its_question_may_still_answer(request_: Request) -> None:
    assert ask(program("print('an answer')"), request_).text == "an answer\n"


def test_a_program_that_fails_is_quoted_by_its_last_line_without_secrets(request_: Request) -> None:
    failing = program("import sys; print('Traceback\\n\\x1b[31mlogin failed for hunter2\\n', file=sys.stderr); sys.exit(7)")
    with pytest.raises(NoAnswer, match=r"exit code 7: login failed for \[REDACTED\]$"):
        ask(failing, request_)


def test_a_program_that_is_missing_is_named(request_: Request) -> None:
    with pytest.raises(ModelUnusable, match="no program `no-such-agent`"):
        ask("no-such-agent -p", request_)


def test_a_file_that_is_no_program_is_named(tmp_path: Path, request_: Request) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ModelUnusable, match=r"`notes\.txt` cannot be started"):
        ask(str(tmp_path / "notes.txt"), request_)


@pytest.mark.parametrize("line", ["", "   ", 'claude "-p'])
def test_a_command_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(ModelUnusable, match="HOTWASH_ANALYSIS_MODEL"):
        CommandModel(line, answer_s=1, env=ENV, redact=str)


def test_a_program_that_takes_too_long_is_killed_with_all_it_started(tmp_path: Path, request_: Request) -> None:
    """Agents start helpers, which must not go on and spend."""
    alive = tmp_path / "alive"
    helper = f"import time\\nwhile True: open({str(alive)!r}, 'a').write('x'); time.sleep(0.02)"
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {helper!r}.replace(chr(92) + 'n', chr(10))]); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(NoAnswer, match="did not answer within 2 s"):
        ask(program(parent), request_, answer_s=2)
    assert time.monotonic() - started < 15
    size = alive.stat().st_size
    assert size > 0
    asyncio.run(asyncio.sleep(0.1))
    assert alive.stat().st_size == size


def test_an_answer_counts_as_soon_as_the_program_has_ended(tmp_path: Path, request_: Request) -> None:
    """Agents leave servers and watchers behind that hold the pipes open; they are killed, and the answer is not waited away."""
    alive = tmp_path / "alive"
    helper = f"import time\nwhile True: open({str(alive)!r}, 'a').write('x'); time.sleep(0.02)"
    started = time.monotonic()
    reply = ask(program(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {helper!r}]); print('an answer')"), request_)
    assert reply.text == "an answer\n"
    assert time.monotonic() - started < 10
    asyncio.run(asyncio.sleep(0.1))
    size = alive.stat().st_size if alive.exists() else 0
    asyncio.run(asyncio.sleep(0.1))
    assert (alive.stat().st_size if alive.exists() else 0) == size


def test_what_left_the_programs_group_delays_no_answer_and_breaks_nothing(
    tmp_path: Path, request_: Request, capfd: pytest.CaptureFixture[str]
) -> None:
    """It cannot be found to be killed; its hold on the pipes is not waited for, and nothing complains when they are let go of."""
    pid = tmp_path / "pid"
    start = "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'], start_new_session=True)"
    started = time.monotonic()
    try:
        reply = ask(program(f"import subprocess, sys; {start}; open({str(pid)!r}, 'w').write(str(p.pid)); print('an answer')"), request_)
        assert reply.text == "an answer\n"
        assert time.monotonic() - started < 10
        gc.collect()
        assert capfd.readouterr().err == ""
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)


def test_a_program_that_prints_without_end_is_stopped(request_: Request) -> None:
    with pytest.raises(NoAnswer, match="printed more than"):
        ask(program("while True: print('x' * 10000)"), request_)


def test_a_program_that_complains_without_end_is_not_kept_whole(request_: Request) -> None:
    reply = ask(program("import sys\nfor _ in range(2000): print('x' * 1000, file=sys.stderr)\nprint('done')"), request_)
    assert reply.text == "done\n"


def test_secrets_in_the_command_itself_are_not_shown() -> None:
    model = CommandModel("ask --password hunter2", answer_s=1, env=ENV, redact=lambda text: text.replace("hunter2", "[REDACTED]"))
    assert model.name == "command:ask --password [REDACTED]"
