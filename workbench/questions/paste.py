"""Free text as people have it -> one question with options.

Exams, spreadsheets, chats and our own prompts mark options in a dozen ways (A. / A) / ① / 1. /
(가) / 가.), on one line or many, and stems hold enumerations of the same kinds ('(1) … (2) …',
'ㄱ. … ㄴ. …'). So every run of marks in order is found first, and then it is decided which run
the options are: see `_option_runs`.

All patterns are bounded or stay on their line, so that the cost grows with the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from string import ascii_lowercase, ascii_uppercase

from workbench.errors import CardError
from workbench.prompts import CHAT_MCQA_INSTRUCTION
from workbench.questions.card import MAX_CHARACTERS, Card, write_card
from workbench.schema import LETTERS, MAX_OPTIONS, MIN_OPTIONS


@dataclass(frozen=True)
class Pasted:
    """The first question of a text, and how many questions the text seems to hold."""

    card: Card
    found: int


def read_question(text: str) -> Pasted:
    """The first question in `text`. Raises CardError where there is none.

    >>> pasted = read_question("채권의 이자는? ① 쿠폰 ② 배당 ③ 할인  정답: ①")
    >>> pasted.card.question.options, pasted.card.answer
    (('쿠폰', '배당', '할인'), 'A')
    """
    if len(text) > MAX_CHARACTERS:
        raise CardError("too_long", found=len(text), limit=MAX_CHARACTERS)
    text = _cleaned(text)
    if not text:
        raise CardError("empty")
    answers = _answers(text)
    body = _without(text, [answer.span for answer in answers])
    explanation = _explanation(body)
    body = _without(body, [explanation])
    runs = _option_runs(body)
    if not runs:
        return Pasted(_unmarked_card(body, answers), found=1)
    next_one = runs[1].start if len(runs) > 1 else len(text)
    stem = _stem(body[: runs[0].start])
    options, marked = _marked_options(_options(body[: _end_of_question(body, runs)], runs[0]))
    given = [answer.value for answer in answers if answer.span[0] < next_one]
    reasoning = text[slice(*explanation)] if explanation[0] < next_one else ""
    letter = _answer_letter(given, options) or marked
    card = write_card(stem, options, letter, _EXPLANATION.sub("", reasoning).strip())
    return Pasted(card, found=len(runs))


# ── cleaning ─────────────────────────────────────────────────────────────────────────────────

_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[^\S\n]+")
_BOLD = re.compile(r"\*\*|__(?=\w)|(?<=\w)__")
_GLUED_MARK = re.compile(r"(?<=[^\s#'])(?=#{2,6} ?정답)")
# A character with what composes with it, so that no other one is changed.
_DECOMPOSED = re.compile("[\u1100-\u1112\u0041-\u007a][\u0300-\u036f\u1160-\u11ff]+")


def _cleaned(text: str) -> str:
    """NFC, plain line ends and spaces, without bold marks, invisible signs, or our own instruction."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = _DECOMPOSED.sub(lambda found: unicodedata.normalize("NFC", found.group()), text)
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    # The native format writes its answer's mark right behind the reasoning.
    text = _GLUED_MARK.sub("\n", _BOLD.sub("", text))
    lines = (_SPACE.sub(" ", line).strip() for line in text.split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text.removeprefix(CHAT_MCQA_INSTRUCTION).strip()


# ── marks ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Shape:
    """One way to mark options: the symbols in order, and what stands around each.

    `rank` orders shapes by how surely they mark options rather than parts of a stem. Symbols that
    are ASCII may also be full-width.
    """

    rank: int
    symbols: str
    before: str
    after: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        wide = "".join(chr(ord(c) + 0xFEE0) for c in self.symbols if c.isascii())
        symbol = (
            "(?:[1-9１-９][0-9０-９]?)" if self.symbols == _DIGITS else f"[{self.symbols}{wide}]"
        )
        return re.compile(f"{self.before}(?P<symbol>{symbol}){self.after}")

    def marks(self, text: str) -> Iterator[_Mark]:
        for found in self.pattern.finditer(text):
            yield _Mark(self._place(found["symbol"]), found.start(), found.end())

    def _place(self, symbol: str) -> int:
        if symbol not in self.symbols:
            symbol = unicodedata.normalize("NFKC", symbol)
        return int(symbol) - 1 if self.symbols == _DIGITS else self.symbols.index(symbol)


@dataclass(frozen=True)
class _Mark:
    place: int  # 0 for the first symbol
    start: int
    end: int


@dataclass(frozen=True)
class _Run:
    """Marks of one shape in order, from the first symbol on."""

    shape: _Shape
    marks: tuple[_Mark, ...]
    opens_line: bool

    @property
    def start(self) -> int:
        return self.marks[0].start

    @property
    def last(self) -> int:
        return self.marks[-1].start

    def segment(self, position: int) -> int:
        """Behind which of the marks a position stands; -1 before the first."""
        return sum(mark.start <= position for mark in self.marks) - 1


# Longer than a card may be, so that a list of twelve is refused and not cut.
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_DIGITS = "123456789"
_HANGUL = "가나다라마바사아자차"
_JAMO = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ"

_BULLET = r"(?:(?<=\n)|\A)[>\-*•·▪☐□✓✔☑]? ?"
_NAMED = rf"(?:{_BULLET}(?:(?:선택지|보기|옵션|[Oo]ption|[Cc]hoice) )?)"
_APART = rf"(?:{_NAMED}|(?<![0-9A-Za-z가-힣ㄱ-ㅎ.,'\"(\[]))"
_APART_OR_GLUED = rf"(?:{_NAMED}|(?<![0-9A-Za-z.,'\"(\[]))"
_STOP = r" ?(?:[.．](?![0-9])|[)）\]]|[:：](?![0-9/])|、)"
_COUNTED = r"번 ?(?:[.:)](?![0-9])| )"
_OPEN, _CLOSE = r"[(\[（<]", r"[)\]）>][.:]?"


def _enclosed(rank: int, symbols: str) -> _Shape:
    return _Shape(rank, symbols, rf"(?:{_NAMED}|(?<![0-9A-Za-z])){_OPEN} ?", rf" ?{_CLOSE}")


def _stopped(rank: int, symbols: str, after: str = _STOP) -> _Shape:
    # '것은?A.쿠폰B.배당': a capital stands out of Korean text, a number or a syllable does not.
    before = _APART_OR_GLUED if symbols == ascii_uppercase else _APART
    return _Shape(rank, symbols, before, after)


def _signs(rank: int, symbols: str) -> _Shape:
    return _Shape(rank, symbols, rf"(?:{_BULLET})?", r"[.)]?")


_SHAPES = (
    _signs(6, _CIRCLED),
    _signs(6, "❶❷❸❹❺❻❼❽❾❿"),
    *(maker(5, ascii_uppercase) for maker in (_stopped, _enclosed)),
    *(maker(5, ascii_lowercase) for maker in (_stopped, _enclosed)),
    _signs(4, "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽"),
    *(_stopped(4, _DIGITS, after) for after in (r" ?[.．](?![0-9])", r" ?[)）]", _COUNTED)),
    _stopped(4, _DIGITS, r" ?[:：](?![0-9/])"),
    _enclosed(4, _DIGITS),
    *(maker(3, _HANGUL) for maker in (_stopped, _enclosed)),
    _signs(3, "㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷"),
    *(maker(2, _JAMO) for maker in (_stopped, _enclosed)),
    _signs(1, "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩"),
    _signs(1, "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙ"),
)
_MOST_RUNS = 100  # of one shape that are looked at: runs are compared with each other
_SUREST_ENUMERATION = 4  # numbers and what ranks below may count questions or parts of a stem


def _runs_of(shape: _Shape, text: str) -> list[_Run]:
    """Runs of at least two marks with words behind each; a first symbol begins a new run."""
    runs: list[list[_Mark]] = [[]]
    for mark in shape.marks(text):
        if mark.place == 0:
            runs.append([mark])
        elif mark.place == len(runs[-1]) > 0:
            runs[-1].append(mark)
    ends = [*(run[0].start for run in runs[2:]), len(text)]
    return [
        _Run(shape, tuple(run), text[: run[0].start].rstrip(" ")[-1:] in ("", "\n"))
        for run, end in zip(runs[1 : 1 + _MOST_RUNS], ends, strict=False)
        if len(run) >= MIN_OPTIONS and all(_texts(text[:end], run))
    ]


_TEXT = re.compile(r"[\w○×□△+\-=<>≤≥%$₩]")


def _texts(text: str, marks: Sequence[_Mark]) -> list[str]:
    """What stands behind each mark, on one line; '' where that is no text."""
    ends = [*(mark.start for mark in marks[1:]), len(text)]
    pieces = [text[mark.end : end] for mark, end in zip(marks, ends, strict=True)]
    return [" ".join(piece.split()) if _TEXT.search(piece) else "" for piece in pieces]


# ── which marks are the options ──────────────────────────────────────────────────────────────

_ASKS = re.compile(
    r"(?:[?？:：]|것은|것|는가|은가|인가|니까|시오|세요|하라|고르면|___+|\( *\)|답은)"
    r"[.。]?(?:\s*[\[(<【][^\[\]()<>【】\n]{1,20}[\])>】])?\s*(?:#{0,6} ?(?:선택지|보기)\s*:?)?\s*\Z"
)


def _option_runs(text: str) -> list[_Run]:
    """The runs that are options, one for each question of the text.

    Shapes that open a line come first, then the surest. Then marks that other marks are made of
    ('A. ①만 B. ②만') and those of a stem's own list, behind which the options follow, give way.
    """
    runs = [run for shape in _SHAPES for run in _runs_of(shape, text)]
    runs = [run for run in runs if not _numbers_questions(run, runs)]
    runs = [run for run in runs if not any(_is_mention(run, outer) for outer in runs)]
    if not runs:
        return []
    best = max(runs, key=lambda run: (run.opens_line, run.shape.rank, len(run.marks)))
    while later := [run for run in runs if _follows_the_list(run, best, text)]:
        best = max(later, key=lambda run: (run.opens_line, run.shape.rank))
    own = [run for run in runs if run.shape == best.shape]
    asked = [run for run in own[:-1] if _asks(text[: run.start])]
    return [*asked, own[-1]]


def _numbers_questions(run: _Run, runs: Sequence[_Run]) -> bool:
    """'1.' and '2.' before questions: a surer run stands whole behind each of them."""
    if run.shape.rank > _SUREST_ENUMERATION:
        return False
    for shape in {other.shape for other in runs if other.shape.rank >= run.shape.rank}:
        if shape == run.shape:
            continue
        inside = {
            run.segment(other.start)
            for other in runs
            if other.shape == shape and run.segment(other.start) == run.segment(other.last)
        }
        if inside >= set(range(len(run.marks))):
            return True
    return False


def _is_mention(run: _Run, outer: _Run) -> bool:
    """Whether the marks of `run` stand in the options that `outer` marks.

    Numbers and lesser marks hide a surer run only if they stand around each of its marks: they
    may be the questions' own numbers.
    """
    if run.shape == outer.shape or not outer.start < run.start < outer.last:
        return False
    if outer.shape.rank > _SUREST_ENUMERATION or run.shape.rank < outer.shape.rank:
        return True
    segments = [outer.segment(mark.start) for mark in run.marks]
    return len(set(segments)) > 1


def _follows_the_list(run: _Run, listed: _Run, text: str) -> bool:
    """Whether `listed` is part of a stem and its options, `run`, come after all of it."""
    if run.shape == listed.shape or run.start < listed.last:
        return False
    if run.shape.rank > listed.shape.rank:
        return True
    return not _asks(text[: listed.start]) and (run.opens_line or _asks(text[: run.start]))


def _asks(text: str) -> bool:
    """Whether a text ends as questions end."""
    return _ASKS.search(text[-200:]) is not None


_QUESTION_NUMBER = re.compile(
    r"(?:\n|(?<=\s))(?:#{1,6} ?)?(?:문제?|Q|질문)? ?\d{1,3} ?[.):] ?(?=\D)"
)


def _end_of_question(text: str, runs: Sequence[_Run]) -> int:
    """Where the first question ends: before the stem of the next, as far as that can be seen."""
    if len(runs) == 1:
        return len(text)
    start, limit = runs[0].marks[-1].end, runs[1].start
    between = text[start:limit]
    cuts = [match.start() for match in _QUESTION_NUMBER.finditer(between)][:1]
    blank, line = between.find("\n\n"), between.find("\n")
    cuts += [place for place in (blank, line if blank < 0 else -1) if place >= 0]
    return start + min(cuts, default=len(between))


# ── stem, options, what follows ──────────────────────────────────────────────────────────────

_STEM_NUMBER = re.compile(
    r"\A(?:#{1,6} ?)?(?:"
    r"[\[(<【]? ?(?:문제|문항|문|질문|Question|question|QUESTION|Q|q) ?\d{0,4} ?[\])>】]? ?[.):：]?(?=[\s.):：]|\d|(?<=[.):：\])>】]))"
    r"|\d{1,4} ?[.)](?!\d)"
    r")\s*"
)
_OPTIONS_HEADING = re.compile(
    r"\n?#{0,6} ?[\[<(【]? ?(?:선택지|선지|보기|옵션|[Oo]ptions|[Cc]hoices) ?[\]>)】]? ?[:：]?\s*\Z"
)
_EXPLANATION = re.compile(
    r"(?:\A|\n)#{0,6} ?[\[<(【]? ?(?:해설|풀이|설명|근거|이유|[Ee]xplanation|[Rr]ationale|[Rr]easoning) ?"
    r"(?:[\]>)】] ?[:：]?|[:：])"
)
_EXPLANATIONS_TRIED = 3  # the same heading may belong to a stem


def _explanation(text: str) -> tuple[int, int]:
    """Where the first explanation stands that comes behind options, up to a blank line."""
    for found in islice(_EXPLANATION.finditer(text), _EXPLANATIONS_TRIED):
        if _option_runs(text[: found.start()]):
            blank = text.find("\n\n", found.end() + 2)
            return found.start(), blank if blank >= 0 else len(text)
    return len(text), len(text)


def _options(text: str, run: _Run) -> list[str]:
    options = _texts(text, run.marks)
    # 'A) 쿠폰, B) 배당, C) 할인'
    if all(option[-1:] in (",", ";", "/") for option in options[:-1]):
        options = [option.rstrip(",;/ ") for option in options]
    return [option.rstrip("-*• ") or option for option in options]


def _stem(text: str) -> str:
    """The question without its number and without the heading of the options."""
    text = re.sub(r"\n *(?:\n *)+", "\n\n", re.sub(r"[ ]+(?=\n)", "", text))
    text = _OPTIONS_HEADING.sub("", text.strip()).strip()
    number = _STEM_NUMBER.match(text)
    if number is None:
        return text
    rest = text[number.end() :].strip()
    counts_on = re.search(r"(?:\A|\s)2 ?[.)](?!\d)", rest) and number.group().strip()[0] == "1"
    return text if counts_on or not rest else rest


_MARKED = re.compile(
    r"\s*(?:[\[(（] ?(?:정답|답|correct|answer) ?[\])）]|[←✓✔☑✅]+(?: ?정답)?|\*)\s*\Z", re.I
)
_MARKED_BEFORE = re.compile(r"\A[✓✔☑✅]\s*")


def _marked_options(options: list[str]) -> tuple[list[str], str | None]:
    """The options without a mark that says which is right, and that one's letter."""
    bare = [_MARKED_BEFORE.sub("", _MARKED.sub("", option)) for option in options]
    marked = [n for n, option in enumerate(options) if option != bare[n]]
    if len(marked) != 1 or not bare[marked[0]] or marked[0] >= MAX_OPTIONS:
        return options, None
    return bare, LETTERS[marked[0]]


# ── the answer ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Given:
    """An answer that the text gives: where, and in which words."""

    span: tuple[int, int]
    value: str


_SYMBOL = (
    r"(?:(?:10|[1-9]|[１-９])(?![0-9]|[.,][0-9])|[A-Ja-jＡ-Ｊａ-ｊ](?![A-Za-z])|[①-⑩❶-❿⑴-⑽㉮-㉷㉠-㉩ⓐ-ⓙ]"
    r"|[가나다라마바사아자차ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ](?![가-힣]))"
)
_CHOICE = rf"[(\[<'\"]? ?{_SYMBOL} ?[)\]>'\"]? ?번?"
_NAME = (
    r"(?:모범 ?정답|모범 ?답안|정답|해답|답안|답|(?:[Tt]he )?[Cc]orrect [Aa]nswer|ANSWER|[Aa]nswer|ANS|[Aa]ns)"
    r"(?: ?(?:번호|[Kk]ey))?"
)
_LINE_START = r"(?:(?<=\n)|\A)[#>\-*※■▶☞ ]{0,8}"
_ENDS = r" ?(?:입니다|이다|임|요)? ?[.)\]]?(?=\n|\Z)"
# With a colon or brackets a line is an answer whatever it says; without, only if it says a choice.
_ANSWERS = (
    re.compile(
        rf"{_LINE_START}(?:{_NAME} ?[:：=＝]|[\[<【(] ?{_NAME} ?[\]>】)] ?[:：]?)"
        rf" ?(?P<value>[^\n]+|\n{{1,2}}{_CHOICE}\.?(?=\n|\Z)|)"
    ),
    re.compile(rf"{_LINE_START}{_NAME} ?(?:은|는|is|→|->)?[ \n]{{0,2}}(?P<value>{_CHOICE}){_ENDS}"),
    re.compile(rf"(?<=[\s.?!)])[(\[]? ?{_NAME} ?[:：=＝] ?(?P<value>{_CHOICE}){_ENDS}"),
    re.compile(rf"(?<=[\s.?!)])[\[【] ?{_NAME} ?[\]】] ?(?P<value>{_CHOICE}){_ENDS}"),
)
_UNKNOWN = re.compile(r"(?:[?？\-–—_. ]*|모름|미정|없음|미상|unknown|n/?a|none)\Z", re.I)
_CHOSEN = re.compile(
    rf"[(\[<'\"]? ?(?P<symbol>{_SYMBOL}) ?[)\]>'\".:]{{0,2}} ?번?(?P<rest>[^\n]*)\Z"
)
_ANOTHER = re.compile(
    rf" ?(?:[,/&·+]|와|과|및|또는|and|or) ?[(\[]?(?:{_SYMBOL})(?![0-9A-Za-z가-힣%])"
)


def _answers(text: str) -> list[_Given]:
    """Every answer in the text, in order."""
    found: dict[int, _Given] = {}
    for pattern in _ANSWERS:
        for match in pattern.finditer(text):
            if not any(
                a.span[0] < match.end() and match.start() < a.span[1] for a in found.values()
            ):
                found[match.start()] = _Given(match.span(), match["value"].strip(" \n)]"))
    return [found[start] for start in sorted(found)]


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in these places, so that every other position stays the same."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = ["\n" if c == "\n" else " " for c in characters[start:end]]
    return "".join(characters)


def _answer_letter(values: Sequence[str], options: Sequence[str]) -> str | None:
    """The letter that the answers agree on; None where they give none.

    The native format holds the reasoning and the letter behind two equal marks, so words that
    name no option are passed over as long as another answer does.
    """
    letters: dict[str, str] = {}
    unclear: list[str] = []
    for value in values:
        if _UNKNOWN.match(value):
            continue
        letter = _letter(value, options)
        if letter is None:
            unclear.append(value)
        else:
            letters[letter] = value
    if len(letters) > 1:
        raise CardError("several_answers", answer=", ".join(letters))
    if unclear and not letters:
        raise CardError("answer_unclear", answer=unclear[-1][:80])
    return next(iter(letters), None)


def _letter(value: str, options: Sequence[str]) -> str | None:
    """The option that one answer means, by its text or its symbol; possibly one not offered."""
    same = [n for n, option in enumerate(options) if _folded(option) == _folded(value)]
    match = _CHOSEN.match(value)
    if match is None:
        return LETTERS[same[0]] if same else None
    if _ANOTHER.match(match["rest"]):
        raise CardError("several_answers", answer=value[:80])
    place = _place(match["symbol"])
    if same and same != [place]:  # '3' where option B is '3'
        raise CardError("answer_unclear", answer=value[:80])
    if match["rest"].strip() and not same and not _restates(match["rest"], place, options):
        return None
    return LETTERS[place] if place < MAX_OPTIONS else None


def _restates(rest: str, place: int, options: Sequence[str]) -> bool:
    """Whether what follows the symbol is the option's text, an ending or a remark behind it."""
    if re.match(r" ?(?:입니다|이다|임|요|[.,;:(\[\-–—]|$)", rest):
        return True
    return place < len(options) and _folded(options[place]) in _folded(rest)


_ALPHABETS = (
    *(LETTERS, LETTERS.lower(), _HANGUL, _JAMO),
    *(_CIRCLED, "❶❷❸❹❺❻❼❽❾❿", "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽"),
    *("㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷", "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩", "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙ"),
)


def _place(symbol: str) -> int:
    for alphabet in _ALPHABETS:
        if symbol in alphabet:
            return alphabet.index(symbol)
    plain = unicodedata.normalize("NFKC", symbol)
    return int(plain) - 1 if plain.isdigit() else LETTERS.index(plain.upper())


def _folded(text: str) -> str:
    return re.sub(r"[\s.]+", "", unicodedata.normalize("NFKC", text)).casefold()


# ── options without marks ────────────────────────────────────────────────────────────────────


_ONLY_A_MARK = re.compile(r"[(\[]?\w[.)\]:]\Z")


def _unmarked_card(text: str, answers: Sequence[_Given]) -> Card:
    """A question line and bare lines behind it, as a copied web form leaves them."""
    lines = [line for line in _EXPLANATION.split(text)[0].split("\n") if line.strip()]
    asks = [n for n, line in enumerate(lines) if _asks(line)]
    last = asks[-1] if asks else len(lines)
    options = [re.sub(r"\A[\-*•·▪☐□] ?", "", line).strip() for line in lines[last + 1 :]]
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS or all(map(_ONLY_A_MARK.match, options)):
        raise CardError("no_options")
    options, marked = _marked_options(options)
    letter = _answer_letter([answer.value for answer in answers], options) or marked
    return write_card(_stem("\n".join(lines[: last + 1])), options, letter)
