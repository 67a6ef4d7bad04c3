"""Races that need no server: reading, the rules, importing, memory."""

import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from bench.generate import claude_session
from bench.row import Row
from hotwash.analysis.rules import analyse
from hotwash.identity.service import ensure_organization
from hotwash.intake.redaction import redact_transcript
from hotwash.intake.service import import_paths
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.settings import InsightsSettings
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import open_database, sqlite_url
from hotwash.store.migrate import migrate
from hotwash.transcript import Transcript

SESSIONS = 60
ROUNDS = 3
"""The best of them counts: the others tell of the machine's other work."""
LARGE_BYTES = 30_000_000
REAL_TRANSCRIPTS = Path(__file__).parents[2] / "shared" / "transcripts"
WORTH_TIMING_BYTES = 500_000
"""Below it a figure tells of opening files, not of reading them."""
NOW = 1_800_000_000.0


def reader(_: Path) -> Iterator[Row]:
    """Bytes of Claude Code transcripts into Transcripts, detection included, on one core."""
    small = [claude_session(seed) for seed in range(SESSIONS)]
    large = [claude_session(1, LARGE_BYTES)]
    yield Row(work="reader, 140 KB Claude Code sessions, one core", figure=_rate(small), unit="MB/s", budget=150)
    yield Row(work="reader, one 30 MB Claude Code session, one core", figure=_rate(large), unit="MB/s", budget=150)


def formats(_: Path) -> Iterator[Row]:
    """Each format's real files, where the folder of real transcripts lies beside the repository."""
    if not REAL_TRANSCRIPTS.is_dir():
        return
    for folder in sorted(path for path in REAL_TRANSCRIPTS.iterdir() if path.is_dir()):
        sources = [open_source(path) for path in session_files(folder)]
        size = sum(_size(source) for source in sources)
        if size >= WORTH_TIMING_BYTES:
            seconds = _best(partial(_sessions_of_all, sources))
            yield Row(work=f"reader, real files of {folder.name}, one core", figure=size / 1e6 / seconds, unit="MB/s")


def rules(_: Path) -> Iterator[Row]:
    """The rules engine on sessions that are already read."""
    transcripts = [_read(claude_session(seed)) for seed in range(SESSIONS)]
    alone = _best(lambda: [analyse(transcript) for transcript in transcripts])
    yield Row(work="rules engine, 140 KB sessions, one core", figure=SESSIONS / alone, unit="sessions/s")
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_analyse_seed, range(4)))  # the workers import what they need before the clock starts
        started = time.perf_counter()
        spent = sum(pool.map(_analyse_seed, range(SESSIONS), chunksize=5))
        wall = time.perf_counter() - started
    yield Row(
        work="rules engine, two processes",
        figure=2 * SESSIONS / spent,
        unit="sessions/s",
        budget=200,
        note=f"with reading {SESSIONS / wall:.0f}/s",
    )


def importing(folder: Path) -> Iterator[Row]:
    """Files into a new store, redacted, searchable; then again, when nothing is new."""
    files = folder / "files"
    files.mkdir()
    for seed in range(SESSIONS):
        (files / f"{seed}.jsonl").write_bytes(claude_session(seed))
    database = open_database(sqlite_url(folder / "data"))
    migrate(database)
    with database.write() as connection:
        org_id = ensure_organization(connection, "bench", NOW)

    def once() -> float:
        started = time.perf_counter()
        import_paths(database, DatabaseBlobs(), [files], org_id=org_id, now=NOW, settings=InsightsSettings())
        return time.perf_counter() - started

    cold, warm = once(), once()
    database.close()
    yield Row(work="import, 140 KB sessions, cold", figure=SESSIONS / cold, unit="sessions/s")
    yield Row(work="import again, nothing new", figure=cold / warm, unit="times as fast")


def memory(folder: Path) -> Iterator[Row]:
    """Peak memory of a process that imports one 30 MB session."""
    file = folder / "large.jsonl"
    file.write_bytes(claude_session(1, LARGE_BYTES))
    script = "import resource,sys; from hotwash.cli.main import app; app(sys.argv[1:], standalone_mode=False); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    words = [sys.executable, "-c", script, "import", str(file), "--data", str(folder / "data"), "--json"]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    summary, peak = printed.rsplit("\n", 2)[0], int(printed.split()[-1])
    assert json.loads(summary)["sessions"][0]["outcome"] == "created"
    yield Row(work="memory while importing a 30 MB session", figure=peak / 1024, unit="MiB", budget=200, at_least=False)


def _size(source: Source) -> int:
    parts = source.members or (source,)
    return sum(Path(part.path).stat().st_size for part in parts if part.path is not None)


def _sessions(source: Source) -> int:
    """How many sessions a file holds; none where it is refused."""
    try:
        return sum(1 for _ in read_source(source))
    except UnreadableSource:
        return 0


def _sessions_of_all(sources: list[Source]) -> int:
    return sum(map(_sessions, sources))


def _rate(sessions: list[bytes]) -> float:
    return sum(map(len, sessions)) / 1e6 / _best(lambda: [_read(data) for data in sessions])


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _read(data: bytes) -> Transcript:
    (transcript,) = read_source(Source(name="generated", open=lambda: io.BytesIO(data)))
    return transcript


def _analyse_seed(seed: int) -> float:
    """Seconds that the analysis took, reading and redaction left out."""
    transcript, _ = redact_transcript(_read(claude_session(seed)))
    started = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    analyse(transcript)
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - started
