"""Korean particles: which form follows a word, by the sound it ends in."""

from __future__ import annotations

from typing import Literal

Particle = Literal["은/는", "이/가", "을/를", "이란/란", "이라고/라고", "이다/다", "과/와"]

# Letters and digits whose Korean names end in a consonant (엘, 엠, 엔, 알; 영, 일, 삼, 육, 칠, 팔).
_CLOSED_LATIN = set("LMNR")
_CLOSED_DIGITS = set("013678")


def with_particle(word: str, particle: Particle) -> str:
    """The word with the form of the particle that its last sound asks for.

    >>> with_particle("채권", "은/는"), with_particle("주가", "은/는"), with_particle("토빈의 Q", "이란/란")
    ('채권은', '주가는', '토빈의 Q란')
    """
    after_consonant, after_vowel = particle.split("/")
    return word + (after_consonant if _ends_in_consonant(word) else after_vowel)


def _ends_in_consonant(word: str) -> bool:
    last = word[-1]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 != 0
    return last.upper() in _CLOSED_LATIN or last in _CLOSED_DIGITS
