"""What `hotwash judge` does to one session, and the note beside a batch that says which sessions it was made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from hotwash.analysis.judge.engine import conclude, prepare, refutations
from hotwash.analysis.judge.model import Case, NotJudged, Request
from hotwash.analysis.model import Analysis
from hotwash.cli.debriefing import debrief_with, encode_debrief
from hotwash.insights.metrics import measure
from hotwash.intake.redaction import redact_transcript
from hotwash.judging.batch import BatchAnswer
from hotwash.kit.text import shown_path
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.settings import InsightsSettings

SIDECAR_END = ".sessions.json"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A session to judge, and where it was read from."""

    file: str
    """The path as given."""
    path: Path
    case: Case


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A session of a batch, as the note beside the batch keeps it: paths and request ids, nothing of what was said."""

    file: str
    path: Path
    requests: tuple[str, ...]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A session with its analysis as JSON, and the requests that it asked in both passes."""

    output: bytes
    requests: frozenset[str]


def open_cases(paths: Sequence[Path]) -> Iterator[Source | str]:
    """Every session in files and folders, or why one could not be read."""
    for path in paths:
        try:
            files = list(session_files(path))
        except UnreadableSource as error:
            yield error.sentence
            continue
        if not files:
            yield f"{path}: no transcripts in this folder; name files, or a folder that holds .jsonl or .json transcripts"
        for file in files:
            yield from _cases(str(file), file)


def reopen_cases(results: Sequence[Path], answered: frozenset[str]) -> Iterator[Source | str]:
    """The sessions that the notes beside the answers name, each file once. A note that shares no request with the answers is passed over."""
    places: dict[Path, str] = {}
    for folder in dict.fromkeys([*(result.resolve().parent for result in results), Path.cwd()]):
        for note in sorted(folder.glob(f"*{SIDECAR_END}")):
            for session in _read_sidecar(note):
                if answered.intersection(session.requests):
                    places.setdefault(session.path, session.file)
    if not places:
        yield "the sessions of these answers are not known here; name them with --transcripts, or put the answers beside the exported requests"
    for path, file in places.items():
        yield from _cases(file, path)


def _cases(file: str, path: Path) -> Iterator[Source | str]:
    try:
        for transcript in read_source(open_source(path)):
            clean, _ = redact_transcript(transcript)
            acus = measure(clean, usd_per_acu=InsightsSettings().usd_per_acu).acus
            yield Source(file=shown_path(file), path=path.resolve(), case=prepare(clean, acus=acus))
    except UnreadableSource as error:
        yield error.sentence


def second_pass(case: Case, answers: Mapping[str, BatchAnswer]) -> tuple[Request, ...]:
    """The requests that try to refute what the first answers found."""
    return refutations(case, _texts(answers))


def judge(source: Source, answers: Mapping[str, BatchAnswer], model: str) -> Judged | str | None:
    """The session with its analysis. None: no answer is its; a sentence: it could not be judged."""
    case = source.case
    texts = _texts(answers)
    asked = frozenset(r.id for r in (*case.requests, *refutations(case, texts)))
    if not asked.intersection(answers):
        return None
    try:
        analysis = conclude(case, texts, model=model)
    except NotJudged as error:
        return f"{source.file}: {error.sentence}"
    output = encode_debrief(debrief_with(source.file, case.transcript, lambda _: _with_usage(analysis, asked, answers)))
    return Judged(output=output, requests=asked)


def write_sidecar(requests: Path, sessions: Iterable[Exported]) -> None:
    """Raises OSError."""
    note = requests.with_name(requests.name + SIDECAR_END)
    note.write_bytes(msgspec.json.format(msgspec.json.encode(list(sessions), enc_hook=str), indent=1))


def _read_sidecar(note: Path) -> list[Exported]:
    try:
        return msgspec.json.decode(note.read_bytes(), type=list[Exported], dec_hook=lambda _, value: Path(value))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return []  # another program's file of that name


def _texts(answers: Mapping[str, BatchAnswer]) -> dict[str, str]:
    return {request_id: answer.text for request_id, answer in answers.items() if answer.text is not None}


def _with_usage(analysis: Analysis, asked: frozenset[str], answers: Mapping[str, BatchAnswer]) -> Analysis:
    if analysis.judge is None:
        return analysis
    used = [answers[request_id] for request_id in asked if request_id in answers]
    run = msgspec.structs.replace(
        analysis.judge, input_tokens=sum(a.input_tokens for a in used), output_tokens=sum(a.output_tokens for a in used)
    )
    return msgspec.structs.replace(analysis, judge=run)
