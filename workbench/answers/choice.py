"""One choice in a reply: a letter, number, mark or option text, and the option that it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.answers.korean import ALONE, NOT_A_NAME, NOT_INSIDE_A_WORD, TOPIC, UNIT
from workbench.answers.reply import SYMBOLS
from workbench.schema import LETTERS


@dataclass(frozen=True)
class Offer:
    """What can be chosen: normalised option texts, and which kind of option is asked for."""

    texts: tuple[str, ...]
    wrong_one: bool | None  # None: not known

    @property
    def letters(self) -> str:
        return LETTERS[: len(self.texts)]


@dataclass(frozen=True)
class Claim:
    """One place where the reply names an answer (or several at once), in normalised positions."""

    letters: frozenset[str]
    start: int
    end: int


_HANGUL_LETTERS = "가나다라마바사아자차"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
# Marks that mean one option wherever they stand alone.
PLACES = {
    mark: letter
    for marks in (LETTERS, CIRCLED, SYMBOLS)
    for mark, letter in zip(marks, LETTERS, strict=True)
}

_LEAD_IN = (
    "(?:(?:선택지|선지|보기|옵션|항목|기호|[Oo]ption|[Cc]hoice|바로|역시|아마도?|당연히|명백히|분명히"
    "|결국|다음과 같습니다|다음과 같다) ?:?[ \n]?){0,3}+"
)
OPENING = r"""(?:[(\[{<'"] ?){0,4}+"""
CLOSING = r"""(?: ?[)\]}>'"]){0,4}+"""
# An article is no answer: 'The answer is a bond', but 'The answer is A because …'.
_NO_ARTICLE = "(?! (?!because|since|as|and|or)[A-Za-z])"
_WHOLE_NUMBER = "(?:10|[1-9])(?![0-9A-Za-z%]|[.,][0-9])"
# '2', '(2)', '2. ' and an option's text, but not the first step of '1. 먼저 …'.
_NO_MORE = (
    rf"(?= ?입니|[,\]}}'\"!]|[.)]? ?(?:번|[{SYMBOLS}]|\n|$)|[.)]{{1,2}}(?! ?[가-힣A-Za-z0-9])"
    r"|\) ?(?:입니|이다))"
)
_OPTION_TEXT = rf"(?P<text>[{SYMBOLS}])(?: ?\( ?(?P<tag>[A-J]) ?\))?"
# What restates the same choice: 'B. 배당소득', 'B 배당소득', 'B(배당소득)', 'B번'.
_RESTATED = rf"{CLOSING}{UNIT}?(?: ?[.):]? ?['\"]?[{SYMBOLS}])?{CLOSING}(?: ?\([^()\n]{{0,100}}\))?"

# Where the sentence has announced an answer, even 'b', '2' and '나' are one.
_ANNOUNCED = (
    rf"{_LEAD_IN}{OPENING}(?:{_OPTION_TEXT}"
    rf"|(?P<letter>[A-Za-z]){ALONE}{_NO_ARTICLE}"
    rf"|(?P<circled>[{CIRCLED}])"
    rf"|(?P<number>{_WHOLE_NUMBER})(?:(?P<counted> ?번째?)|(?= ?이다)|{_NO_MORE})"
    rf"|(?<![가-힣])(?P<hangul>[{_HANGUL_LETTERS}]){_NO_MORE}"
    rf"){_RESTATED}"
)
# In running text only what can hardly be anything else.
IN_PROSE = (
    rf"{NOT_INSIDE_A_WORD}{OPENING}(?:{_OPTION_TEXT}"
    rf"|{NOT_A_NAME}(?P<letter>[A-Z]){ALONE}"
    rf"|(?P<circled>[{CIRCLED}])"
    rf"|(?P<number>{_WHOLE_NUMBER})(?P<counted>번)"
    rf"){_RESTATED}"
)
_CHOICE = re.compile(_ANNOUNCED)
_JOINT = re.compile(
    " ?(?:(?P<comma>,)|(?P<tight>[/&])|·|와|과|및|또는|혹은|이나|나|그리고|이랑|랑|하고|이거나|아니면"
    "|and|or) ?(?:그리고 |또는 |혹은 |and |or )?"
)
# 'B, C가 아니라': behind a comma a subject opens a new clause.
_NEW_CLAUSE = re.compile(rf"{UNIT}?(?:의|가 |이 )")


def letter_of(choice: re.Match[str], offer: Offer) -> str | None:
    """The letter that a matched choice means; possibly one that is not offered."""
    group = choice.groupdict()
    if letter := group.get("tag") or group.get("letter"):
        return letter.upper()
    if group["text"]:
        return PLACES[group["text"]]
    if group["circled"]:
        return _by_circled(group["circled"], offer)
    if group["number"]:
        return _by_number(int(group["number"]), bool(group["counted"]), offer)
    return _by_hangul(group["hangul"], offer)


# The options themselves may be numbers or Korean letters; then such a mark means nothing, unless
# it means the same either way.
_BEGINS_WITH_NUMBER = re.compile(r"(?:약 ?)?[^\w가-힣]{0,3}[0-9]")
_BEGINS_WITH_HANGUL_LETTER = re.compile(rf"\(?[{_HANGUL_LETTERS}](?:[),.·]| ?$)")


def _by_circled(mark: str, offer: Offer) -> str | None:
    if any(circled in text for text in offer.texts for circled in CIRCLED):
        return None
    return _by_number(CIRCLED.index(mark) + 1, True, offer)


def _by_number(number: int, counted: bool, offer: Offer) -> str | None:
    """`counted` ('2번', '②') can mean a place that does not exist; a bare '9' is just a number."""
    same = [i for i, text in enumerate(offer.texts, 1) if text in (str(number), f"{number}번")]
    if same and same != [number]:
        return None
    if counted:
        return LETTERS[number - 1]
    if number > len(offer.texts) or any(map(_BEGINS_WITH_NUMBER.match, offer.texts)):
        return None
    return LETTERS[number - 1]


def _by_hangul(mark: str, offer: Offer) -> str | None:
    if mark in offer.texts:
        return LETTERS[offer.texts.index(mark)]
    place = _HANGUL_LETTERS.index(mark)
    if place >= len(offer.texts) or any(map(_BEGINS_WITH_HANGUL_LETTER.match, offer.texts)):
        return None
    return LETTERS[place]


def choices_at(text: str, position: int, offer: Offer) -> tuple[Claim, int] | None:
    """The choice (or list of choices) that begins at `position`, and where it ends."""
    letters: set[str] = set()
    joints: list[re.Match[str]] = []
    last: re.Match[str] | None = None
    while choice := _CHOICE.match(text, joints[-1].end() if joints else position):
        letter = letter_of(choice, offer)
        after_comma = bool(joints and joints[-1]["comma"])
        if letter is None or _opens_clause(text, choice.end(), after_comma):
            break
        letters.add(letter)
        last = choice
        joint = _JOINT.match(text, choice.end())
        if not joint:
            break
        joints.append(joint)
    # 'B/S' and 'M&A' are names, unless each letter is an option.
    name = any(joint["tight"] for joint in joints) and not letters <= set(offer.letters)
    return (claim(letters, last), last.end()) if last and not name else None


def _opens_clause(text: str, end: int, after_comma: bool) -> bool:
    """Whether the choice that ends at `end` is what the next clause is about: '…, C는 오답'."""
    return bool(TOPIC.match(text, end) or (after_comma and _NEW_CLAUSE.match(text, end)))


_SHOWN = ("tag", "letter", "text", "circled", "number", "hangul")


def claim(letters: set[str], choice: re.Match[str]) -> Claim:
    """A claim that stands where the last of its choices has its letter, number or text."""
    groups = choice.groupdict()
    shown = next(name for name in _SHOWN if groups.get(name))
    return Claim(frozenset(letters), *choice.span(shown))
