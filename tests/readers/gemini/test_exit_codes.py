"""Exit codes at the end of what a command printed."""

import pytest

from hotwash.readers.gemini.parts import exit_code

FAILED = "Command: ls x\nOutput: no such file\nError: (none)\nExit Code: 2\nSignal: 0"


@pytest.mark.parametrize("text", [FAILED, FAILED.replace("\n", r"\n")], ids=["plain", "with escaped line ends"])
def test_a_failed_commands_code_is_read_though_the_call_succeeded(text: str) -> None:
    assert exit_code(text, succeeded=True) == 2


def test_a_good_command_that_tells_no_code_ended_with_0() -> None:
    assert exit_code("Output: done", succeeded=True) == 0
