"""Evidence: claims of articles, facts of the historical record, literature, and codings of values.

Every citation in a scenario names an entry of the evidence files, in the folder ``seeds`` beside
the scenarios. The files contain our paraphrases of articles, with paragraph numbers and digests,
and never their text. A reader who has the articles can check that the paragraphs are the ones that
were read.
"""

from sim.evidence.citations import citation_faults, reading_faults, unused_claims
from sim.evidence.index import Evidence, File, Source
from sim.evidence.loading import (
    crisis_files,
    evidence_files,
    from_document,
    load_crises,
    load_crisis,
    load_folder,
    load_for,
    read,
    states_a_kind,
    validated,
)
from sim.evidence.models import (
    Article,
    CodedItem,
    Coding,
    Disagreement,
    Fact,
    Fixed,
    Kind,
    Level,
    Literature,
    Measurement,
    Record,
)
from sim.evidence.validation import paragraph_digest, repeated, text_faults, unknown_crises

__all__ = [
    "Article",
    "CodedItem",
    "Coding",
    "Disagreement",
    "Evidence",
    "Fact",
    "File",
    "Fixed",
    "Kind",
    "Level",
    "Literature",
    "Measurement",
    "Record",
    "Source",
    "citation_faults",
    "crisis_files",
    "evidence_files",
    "from_document",
    "load_crises",
    "load_crisis",
    "load_folder",
    "load_for",
    "paragraph_digest",
    "read",
    "reading_faults",
    "repeated",
    "states_a_kind",
    "text_faults",
    "unknown_crises",
    "unused_claims",
    "validated",
]
