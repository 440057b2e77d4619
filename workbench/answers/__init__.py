"""What did it answer? A model's free text → an option letter, or the reason why there is none."""

from workbench.answers.cascade import (
    EXTRACTION_VERSION,
    Extraction,
    extract_from_options,
    extract_letter,
)
from workbench.answers.reasoning import reasoning_before_answer

__all__ = [
    "EXTRACTION_VERSION",
    "Extraction",
    "extract_from_options",
    "extract_letter",
    "reasoning_before_answer",
]
