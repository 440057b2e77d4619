"""Korean particles behind words, numbers and units: which form follows, by the sound before it."""

from __future__ import annotations

import re
from typing import Literal

Sound = Literal["vowel", "rieul", "consonant"]

# How the last digit of a number is read: 영(십, 백 …), 일, 이, 삼, 사, 오, 육, 칠, 팔, 구.
_DIGITS: dict[str, Sound] = {
    **dict.fromkeys("2459", "vowel"),
    **dict.fromkeys("178", "rieul"),
    **dict.fromkeys("036", "consonant"),
}
# Letters that are read 엘, 알; 엠, 엔. All others end in a vowel, and so do '%' and '%p'.
_LATIN: dict[str, Sound] = {
    **dict.fromkeys("LR", "rieul"),
    **dict.fromkeys("MN", "consonant"),
}
_RIEUL = 8  # the place of ㄹ among the final consonants of a syllable
_GLOSS = re.compile(r"(?:\([^()]*\)|['\")])+$")  # what is not read aloud


def last_sound(text: str) -> Sound:
    """
    >>> last_sound("㈜가람"), last_sound("1,200원"), last_sound("3.5%"), last_sound("7"), last_sound("2일")
    ('consonant', 'consonant', 'vowel', 'rieul', 'rieul')
    """
    last = _GLOSS.sub("", text)[-1]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        return "vowel" if final == 0 else "rieul" if final == _RIEUL else "consonant"
    return _DIGITS.get(last) or _LATIN.get(last.upper(), "vowel")


def with_particle(text: str, particle: str) -> str:
    """The text with one of the particle's two forms, given as 'after a consonant/after a vowel'.

    >>> with_particle("12억원", "은/는"), with_particle("3배", "은/는"), with_particle("2일", "으로/로")
    ('12억원은', '3배는', '2일로')
    """
    after_consonant, after_vowel = particle.split("/")
    sound = last_sound(text)
    as_vowel = sound == "vowel" or (sound == "rieul" and after_vowel == "로")
    return text + (after_vowel if as_vowel else after_consonant)


class Words(str):
    """Text that takes its particle when it is formatted: f"{company:은/는}"."""

    __slots__ = ()

    def __format__(self, particle: str) -> str:
        return with_particle(self, particle) if particle else str(self)
