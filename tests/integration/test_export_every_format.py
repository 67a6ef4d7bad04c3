"""Out as ATIF and in again: the same events, the same figures, for one input of every format and, where the folder lies beside the repository, for real
files."""

import json
import re

import msgspec
import pytest
from atif import Trajectory

from hotwash.cli import readable
from hotwash.exporting import service as exporting
from hotwash.insights.metrics import measure
from hotwash.intake import service as intake
from hotwash.readers.detect import detect, read_source
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import Transcript, UserMessage
from hotwash.writers import atif
from tests.integration.builders import ORG
from tests.integration.claude_files import NOW, SCOPE, SETTINGS, with_organization
from tests.readers.samples import Sample, own_samples, real_samples, source_of

SAMPLES = (*own_samples(), *real_samples())


def families(transcripts: list[Transcript]) -> list[tuple[Transcript, list[Transcript]]]:
    """Those that a person started, each with all that came of it."""
    ids = {transcript.native_id for transcript in transcripts}
    roots = [transcript for transcript in transcripts if transcript.parent_native_id not in ids]
    found = []
    for root in roots:
        known, family = {root.native_id}, []
        for transcript in transcripts:  # a subagent stands after who started it
            if transcript.parent_native_id in known and transcript.native_id not in known:
                known.add(transcript.native_id)
                family.append(transcript)
        found.append((root, family))
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.id}-{sample.shape}-{len(sample.data)}")
def test_a_session_comes_back_as_it_was(sample: Sample) -> None:
    """The document is valid by the format's strict models; events, figures, coverage and warnings are the very same."""
    transcripts = list(read_source(source_of(sample.data)))
    assert transcripts
    for root, family in families(transcripts):
        document = atif.write(root, family)
        Trajectory.model_validate_json(document)
        again = list(detect(source_of(document)).read(source_of(document)))
        by_id = {transcript.native_id: transcript for transcript in again}
        assert len(again) == 1 + len(family)
        for transcript in (root, *family):
            back = by_id[transcript.native_id]
            assert back.events == transcript.events
            assert measure(back) == measure(transcript)
            assert msgspec.json.encode(back) == msgspec.json.encode(transcript)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.id}-{sample.shape}-{len(sample.data)}")
def test_a_stored_session_is_exported_in_every_form(sqlite_database: Database, sample: Sample) -> None:
    """To read, and for programs: each form tells every prompt; the ATIF document comes in again and changes nothing."""
    database, blobs = with_organization(sqlite_database), DatabaseBlobs()
    taken = intake.import_source(database, blobs, source_of(sample.data), org_id=ORG, now=NOW, settings=SETTINGS)
    with database.read() as conn:
        bundles = [exporting.load(conn, blobs, SCOPE, item.session_id) for item in taken]
    for bundle in bundles:
        words = [
            word for event in bundle.transcript.events if isinstance(event, UserMessage) for word in re.findall("[a-z]{4,}", event.text)
        ]
        told = json.loads(exporting.encode(bundle, "json"))
        assert msgspec.convert(told["transcript"], Transcript) == bundle.transcript
        assert told["session"]["session_id"] == bundle.session.session_id
        for text in (readable.markdown(bundle), readable.html(bundle)):
            assert [word for word in words if word not in text] == []
        again = source_of(exporting.encode(bundle, "atif"))
        done = intake.import_source(database, blobs, again, org_id=ORG, now=NOW, settings=SETTINGS)
        assert {item.outcome for item in done} == {"unchanged"}
