"""Programs that judge as a test wants them to: what `HOTWASH_ANALYSIS_MODEL=command:…` runs."""

import json
import shlex
import sys
from pathlib import Path

from tests.unit.analysis.judge.replying import debrief, verdicts


def finding_nothing(folder: Path) -> str:
    """Answers both passes, and notes in `asked` beside it that it was asked."""
    return _program(
        folder,
        "import sys",
        "text = sys.stdin.read()",
        f"open({str(folder / 'asked')!r}, 'a').write('x')",
        f"print({verdicts()!r} if '\"verdicts\"' in text else {debrief()!r})",
    )


def hanging(folder: Path) -> str:
    """Says that it was asked, and then nothing."""
    return _program(folder, "import time", f"open({str(folder / 'hanging')!r}, 'w').close()", "time.sleep(600)")


def failing(folder: Path) -> str:
    return _program(folder, "import sys", "sys.exit('not logged in')")


def times_asked(folder: Path) -> int:
    asked = folder / "asked"
    return len(asked.read_text()) if asked.exists() else 0


def _program(folder: Path, *lines: str) -> str:
    script = folder / f"model-{abs(hash(json.dumps(lines)))}.py"
    script.write_text("\n".join(lines))
    return f"command:{shlex.quote(sys.executable)} {shlex.quote(str(script))}"


def recording_itself(folder: Path, home: Path) -> str:
    """Judges, and keeps a session of its own where Claude Code and Codex keep theirs, as such an agent would."""
    return _program(
        folder,
        "import json, os, pathlib, re, sys",
        f"home, cwd, text = pathlib.Path({str(home)!r}), os.getcwd(), sys.stdin.read()",
        "at = '2026-10-01T10:00:00.000Z'",
        "said = {'role': 'assistant', 'id': 'msg_1', 'model': 'claude-sonnet-4-5', 'content': [{'type': 'text', 'text': '{}'}]}",
        "shared = {'cwd': cwd, 'sessionId': '0f0e0d0c-0000-4000-8000-000000000001', 'version': '2.1.219', 'timestamp': at, 'isSidechain': False}",
        "claude = [",
        "    shared | {'type': 'user', 'uuid': 'a', 'parentUuid': None, 'message': {'role': 'user', 'content': text}},",
        "    shared | {'type': 'assistant', 'uuid': 'b', 'parentUuid': 'a', 'message': said},",
        "]",
        "meta = {'id': '01a20000-aaaa-7bbb-8ccc-dddd00000009', 'timestamp': at, 'cwd': cwd, 'originator': 'codex_exec', 'cli_version': '0.169.0'}",
        "words = [{'type': 'input_text', 'text': text}]",
        "codex = [",
        "    {'timestamp': at, 'type': 'session_meta', 'payload': meta},",
        "    {'timestamp': at, 'type': 'response_item', 'payload': {'type': 'message', 'role': 'user', 'content': words}},",
        "]",
        "places = {",
        "    home / '.claude/projects' / re.sub('[^A-Za-z0-9]', '-', cwd) / (shared['sessionId'] + '.jsonl'): claude,",
        "    home / '.codex/sessions/2026/10/01' / f\"rollout-2026-10-01T10-00-00-{meta['id']}.jsonl\": codex,",
        "}",
        "for path, records in places.items():",
        "    path.parent.mkdir(parents=True, exist_ok=True)",
        "    path.write_text(''.join(json.dumps(record) + '\\n' for record in records))",
        f"print({debrief()!r})",
    )
