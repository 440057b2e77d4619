"""When are two Korean texts the same, or nearly: without spaces, punctuation, case and width.

Korean spaces words loosely ('경제 활동 인구', '경제활동인구') and glues particles to them, so words
are no unit to compare by; characters are.
"""

from __future__ import annotations

import re
import unicodedata

_NO_LETTER = re.compile(r"[\W_]+")
NEAR_SIZE = 5  # characters of the grams by which nearness is measured
NEAR = 0.6  # Jaccard likeness from which two texts say the same in other words


def packed(text: str) -> str:
    """The letters and digits of a text alone, in NFKC and without case.

    >>> packed("정답：　Ｂ. 경제 활동-인구 (15세)"), packed("...")
    ('정답b경제활동인구15세', '')
    """
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


def packed_with_places(text: str) -> tuple[str, list[int]]:
    """A text packed, and where in it each of the packed characters stood.

    >>> packed_with_places("나. 국채")
    ('나국채', [0, 3, 4])
    """
    pieces = [packed(character) for character in text]
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), places


def grams(text: str, size: int = NEAR_SIZE) -> frozenset[str]:
    """The character n-grams of a packed text; the text itself where it is shorter than one.

    >>> sorted(grams("국채선물", 3)), grams("국채", 3), grams("", 3)
    (['국채선', '채선물'], frozenset({'국채'}), frozenset())
    """
    if len(text) <= size:
        return frozenset({text} if text else ())
    return frozenset(text[i : i + size] for i in range(len(text) - size + 1))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared over all, from 0 to 1; 0 where there is nothing to share."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if shared else 0.0
