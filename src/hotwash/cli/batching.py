"""What `hotwash judge` does to one session, and the note beside a batch that says which sessions it was made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from hotwash.analysis.judge.engine import conclude, prepare, refutations
from hotwash.analysis.judge.model import Case, NotJudged, Request
from hotwash.analysis.model import Analysis
from hotwash.cli.debriefing import cleaned, debrief_with, encode_debrief
from hotwash.insights.metrics import measure
from hotwash.intake.archives import Rejected
from hotwash.intake.checkpoints.sessions import repository_at
from hotwash.intake.files import listed_files, unpacked
from hotwash.judging.batch import BatchAnswer
from hotwash.judging.estimating import tokens_of
from hotwash.kit.text import shown_path
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import read_source
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
            files = [path] if repository_at(path) is not None else list(listed_files(path))
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
    for source in unpacked(path):
        if isinstance(source, Rejected):
            yield source.reason if source.name in source.reason else f"{source.name}: {source.reason}"
            continue
        try:
            for transcript in read_source(source):
                clean = cleaned(transcript)
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
    asked = {request.id: request for request in (*case.requests, *refutations(case, texts))}
    if not asked.keys() & answers.keys():
        return None
    try:
        analysis = conclude(case, texts, model=model)
    except NotJudged as error:
        return f"{source.file}: {error.sentence}"
    output = encode_debrief(debrief_with(source.file, case.transcript, lambda _: _with_usage(analysis, asked, answers)))
    return Judged(output=output, requests=frozenset(asked))


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


def _with_usage(analysis: Analysis, asked: Mapping[str, Request], answers: Mapping[str, BatchAnswer]) -> Analysis:
    """The analysis with the tokens that its answers took: as the provider tells them, else by their length."""
    if analysis.judge is None:
        return analysis
    inputs = outputs = 0
    is_estimated = False
    for request_id, request in asked.items():
        answer = answers.get(request_id)
        if answer is None:
            continue
        is_told = bool(answer.input_tokens or answer.output_tokens)
        is_estimated |= not is_told
        inputs += answer.input_tokens if is_told else tokens_of(request.as_text)
        outputs += answer.output_tokens if is_told else tokens_of(answer.text or "")
    run = msgspec.structs.replace(analysis.judge, input_tokens=inputs, output_tokens=outputs, tokens_estimated=is_estimated)
    return msgspec.structs.replace(analysis, judge=run)
