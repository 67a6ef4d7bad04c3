"""Out as ATIF and in again: the same events, the same figures, for one input of every format and, where the folder lies beside the repository, for real
files."""

import msgspec
import pytest
from atif import Trajectory

from hotwash.insights.metrics import measure
from hotwash.readers.detect import detect, read_source
from hotwash.transcript import Transcript
from hotwash.writers import atif
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
