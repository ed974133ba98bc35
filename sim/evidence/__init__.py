"""Evidence: what articles claim, what the record says, what the literature gives, and how values were coded.

Every citation in a scenario names an entry of the evidence files, which stand in a folder ``seeds`` beside the
scenarios. Articles are held as our paraphrases with paragraph numbers and digests of paragraphs, never as their text;
who holds the articles can check that the paragraphs are the ones that were read.
"""

from sim.evidence.checking import paragraph_digest, repeated, text_faults
from sim.evidence.citing import citation_faults, reading_faults, unused_claims
from sim.evidence.held import Evidence, File, Source
from sim.evidence.loading import evidence_files, from_document, load_folder, load_for, read, states_a_kind, validated
from sim.evidence.models import (
    Article,
    CodedItem,
    Coding,
    Disagreement,
    Fact,
    Fixed,
    Gauge,
    Kind,
    Level,
    Literature,
    Record,
)

__all__ = [
    "Article",
    "CodedItem",
    "Coding",
    "Disagreement",
    "Evidence",
    "Fact",
    "File",
    "Fixed",
    "Gauge",
    "Kind",
    "Level",
    "Literature",
    "Record",
    "Source",
    "citation_faults",
    "evidence_files",
    "from_document",
    "load_folder",
    "load_for",
    "paragraph_digest",
    "read",
    "reading_faults",
    "repeated",
    "states_a_kind",
    "text_faults",
    "unused_claims",
    "validated",
]
