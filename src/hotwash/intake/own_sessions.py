"""Sessions that an agent held as Hotwash's judge are nobody's work: no way in takes them. They are known by the folder they were held in."""

import re
from pathlib import Path

from hotwash.judging.workplace import is_workplace, names_workplace
from hotwash.transcript import Transcript

HEAD_BYTES = 64 * 1024
"""Agents write the folder into one of the first records; Codex after some 20 kB of instructions."""
_FOLDER = re.compile(rb'"cwd"\s*:\s*"([^"\n]{1,1000})"')


def is_own(transcript: Transcript) -> bool:
    """Whether the session was held in a folder that the judge works in."""
    return transcript.cwd is not None and is_workplace(transcript.cwd)


def is_own_file(path: Path) -> bool:
    """The same of a file that is not read whole: by its place, which some agents name after the folder, or by the folder its first records name."""
    if names_workplace(str(path)):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    named = _FOLDER.search(head)
    return named is not None and is_workplace(named[1].decode("utf-8", "replace").replace("\\\\", "\\"))
