"""What did it answer? A model's free text → an option letter, or the reason why there is none.

One cascade; the first tier that decides wins, also where it decides that the reply is of no use
(two answers, a letter that was not offered):

    mark        the last `### 정답:` with an answer behind it
    conclusion  sentences that call something the answer: '정답은 B입니다', 'B가 정답', '\\boxed{B}'
    judgement   sentences that pick without that word: '옳은 것은 B이다', 'B가 맞다', 'A가 아니라 C'
    bare        a line that is nothing but an answer: 'B', '(B)', 'B. 옵션', '②', '2번', '(나)'
    text        the full text of exactly one option, standing anywhere in the reply

`\\b` is of no help in Korean, where particles are attached ('B가', 'B입니다') and so are nouns
('B사', 'A주식'): a letter counts only where nothing follows, or one of the endings in `_ENDING`.

No pattern looks further than a bounded distance or the end of its line, so that the cost grows with
the length of the text and no faster.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.schema import LETTERS, Question, UnparsedReason

# Raise it when any reply could be read differently, and say here which way scores move.
# 1: first version.
EXTRACTION_VERSION: int = 1

Tier = Literal["mark", "conclusion", "judgement", "bare", "text"]


@dataclass(frozen=True)
class Extraction:
    """The letter that a reply gives, or why it gives none: exactly one of the two is set.

    `span` is where the deciding letter, number or option text stands in the text as it was given.
    It is also set for several answers (the last of them) and for a letter that was not offered.
    """

    letter: str | None
    reason: UnparsedReason | None
    tier: Tier | None = None
    span: tuple[int, int] | None = None


def extract_letter(text: str, question: Question, truncated: bool = False) -> Extraction:
    """Read the chosen option of `question` out of a reply.

    `truncated` says that the model was stopped by its token limit: nothing found is then
    'truncated', and an option's text somewhere in the reply is no answer, because a reasoning
    that was cut off names options without having chosen one.

    >>> q = Question(id="1", question="?", options=("쿠폰", "배당", "할인"), answer="B")
    >>> extract_letter("쿠폰은 이자이다. 따라서 정답은 B 입니다.", q)
    Extraction(letter='B', reason=None, tier='conclusion', span=(18, 19))
    >>> extract_letter("정답은 A가 아닙니다.", q).reason
    'no_answer'
    """
    return extract_from_options(text, question.options, truncated, question.question)


def extract_from_options(
    text: str, options: Sequence[str], truncated: bool = False, stem: str = ""
) -> Extraction:
    """The same for bare option texts (without letters), in order.

    `stem` is the question's wording. It tells whether 'C가 틀렸다' picks C (the question asks for
    the wrong statement) or rules it out; without a stem it picks.
    """
    if not text.strip():
        return Extraction(None, "empty")
    offer = _Offer(tuple(_plain(option) for option in options), _asks_for_wrong(stem))
    own, ran_on = _own_part(_normalise(text))
    truncated = truncated and not ran_on
    reply = _with_option_symbols(own, offer.texts)
    for tier, rule in _CASCADE:
        if tier == "text" and truncated:
            break
        if claims := rule(reply.text, offer):
            return _verdict(claims, tier, reply, offer)
    return Extraction(None, "truncated" if truncated else "no_answer")


# ── the reply as the rules read it ───────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Reply:
    """Normalised text; character i of it stands at `spans[i]` of the text as it was given."""

    text: str
    spans: Sequence[tuple[int, int]]

    def part(self, piece: slice) -> _Reply:
        return _Reply(self.text[piece], self.spans[piece])

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        return self.spans[start][0], self.spans[end - 1][1]


@dataclass(frozen=True)
class _Offer:
    """What can be chosen: normalised option texts, and which kind of option is asked for."""

    texts: tuple[str, ...]
    wrong_one: bool | None  # None: not known

    @property
    def letters(self) -> str:
        return LETTERS[: len(self.texts)]


@dataclass(frozen=True)
class _Claim:
    """One place where the reply names an answer (or several at once), in normalised positions."""

    letters: frozenset[str]
    start: int
    end: int


# An option's full text is replaced by one private character, so that every pattern below reads
# '정답은 배당소득입니다' as it reads '정답은 B입니다'. Strangers from that range become spaces.
_SYMBOLS = "".join(chr(0xE000 + i) for i in range(len(LETTERS)))

# Full-width ASCII, and quotes and brackets in their many shapes, each to one plain character.
_FOLD = {0xFF01 + i: chr(0x21 + i) for i in range(94)} | {
    ord(fancy): plain
    for plain, fancies in {
        "'": "‘’‚´",
        '"': "“”„「」『』",
        "<": "〈《",
        ">": "〉》",
        "[": "【〔",
        "]": "】〕",
        ".": "。",
        ":": "∶",
        "→": "⇒➡",
    }.items()
    for fancy in fancies
}

# Spaces, zero-width characters, Markdown emphasis, LaTeX and HTML dressing: all one gap.
_GAP = (
    rf"(?:[\s*_`$\u200b-\u200f\u2060\ufeff{_SYMBOLS}]"
    r"|\\(?:text|textbf|textrm|mathrm|mathbf|mathbb|bf|rm|left|right|quad|displaystyle)(?![A-Za-z])"
    r"|\\[()\[\]!,;]"
    r"|</?(?:b|strong|em|i|u|p|br|span) ?/?>)+"
)
# A character with what composes with it: accents, and the vowels and finals of NFD Korean.
_CLUSTER = r"(?P<cluster>.[\u0300-\u036f\u1160-\u11ff]*)"
_PIECE = re.compile(rf"(?P<gap>{_GAP})|{_CLUSTER}", re.DOTALL)


def _normalise(text: str) -> _Reply:
    """NFC, plain ASCII where there is a look-alike, no markup, single spaces (or newlines)."""
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(text):
        raw = piece.group()
        if piece["gap"]:
            plain = "\n" if "\n" in raw else " "
        else:
            plain = (raw if len(raw) == 1 else unicodedata.normalize("NFC", raw)).translate(_FOLD)
        characters.append(plain)
        spans.extend([piece.span()] * len(plain))
    return _Reply("".join(characters), spans)


def _plain(text: str) -> str:
    """An option or a stem, normalised as replies are, without the spaces and stop around it."""
    return _normalise(text).text.replace("\n", " ").strip().rstrip(". ")


_THOUGHT_ENDS = "</think>"
# The native format's next question: a model that does not stop goes on and invents one. At the
# very beginning it is an echo of ours.
_NEXT_QUESTION = re.compile(r"(?<=[^\s#])\s?#{1,6} ?(?:질문|문제) ?[0-9]{0,4} ?:")


def _own_part(reply: _Reply) -> tuple[_Reply, bool]:
    """What answers our question (after the thinking, before an invented next question), and
    whether such a next question shows that the answer was complete."""
    thought = reply.text.rfind(_THOUGHT_ENDS)
    answer = reply.part(slice(thought + len(_THOUGHT_ENDS), None)) if thought >= 0 else reply
    following = _NEXT_QUESTION.search(answer.text)
    return answer.part(slice(following.start() if following else None)), bool(following)


# ── Korean around an answer ──────────────────────────────────────────────────────────────────

# What may be attached to a letter or an option's text. The first group goes on in many ways
# ('입니다', '이라고'); the second must end the word, or 'A가' would be read in 'A가격'.
_ENDING = (
    "(?:입니|이다|이며|이고|이므로|이기|이라|이란|이에|이죠|이지|이었|이겠|이네|이니|이면|이냐|이려"
    "|예요|에요|였|라고|라는|라면|라서|지만|니까|네요|군요|일까|일지|인가|인지|인데|밖에"
    "|(?:이|가|은|는|을|를|도|만|로|으로|으로는|로는|와|과|나|이나|의|에|처럼|보다|보다는|임|임이|임을"
    "|임은|인|일|다|라|고|요|야|죠|냐|랑|이랑|하고|및|또는|중|뿐)(?![가-힣]))"
)
_UNIT = "(?:번|항)"
# Not in 'ETF', 'B2B', 'J.M.', 'C-레벨', 'C++'.
_ALONE = (
    r"(?![A-Za-z0-9]|\.[A-Za-z](?![A-Za-z])|[-+#][가-힣A-Za-z0-9+])"
    rf"(?={_UNIT}?(?:{_ENDING}|[^가-힣]|$))"
)
_NOT_INSIDE_A_WORD = r"(?<![A-Za-z0-9가-힣&/+\-])"
_NOT_A_NAME = "(?:(?<![A-Za-z] )|(?<=[Oo]ption )|(?<=[Cc]hoice ))"  # 'Class A'

_COPULA = (
    "(?:입니|이다|다(?![가-힣])|이며|이고|이므로|이기 때문|이라서|임|이에요|예요|에요|이죠|죠"
    "|요(?![가-힣])|(?:이|가) 되(?!려면)|(?:이|가) 됩|(?:이|가) 된)"
)
_AFFIRMED = re.compile(rf" ?{_UNIT}? ?(?:{_COPULA}|[.,!;\n)\]}}]|$)")

_NEGATION = "(?:아[니닌닙님]|않|(?<!잘)못|수(?:는|가|도)? ?없|어렵|힘들|안 ?[된됩되])"
_MISTAKEN = (
    "(?:기 쉽|쉬우|오해|착각|혼동|헷갈|보이지만|같지만|[했였](?:지만|으나)|[ ](?:하면|가정)|수도 있"
    "|수 있(?:지만|으나|겠지만))"
)
_OPEN_QUESTION = (
    r"(?:\?|이?라면|이면|이?려면|일까|인가|인지|일지|이?냐|처럼|보다|[일인] 경우|후보|의(?![가-힣])"
    "|중(?:에서?|의)?(?![가-힣]))"
)
# Behind a named answer: 'B가 아닙니다', 'B라고 볼 수 없다', 'B처럼 보이지만', 'B라면', 'A와 B 중'.
# The words between stay in the clause and name no other option.
_DOUBTED = re.compile(
    rf" ?{_UNIT}?(?: ?(?:{_OPEN_QUESTION}|아[니닌닙님])"
    rf"| ?{_ENDING}[^.,!?:;\nA-Z①-⑩{_SYMBOLS}]{{0,16}}?(?:{_NEGATION}|{_MISTAKEN}))"
)
# 'A는 …' says something about A and answers nothing.
_TOPIC = re.compile(rf"{_UNIT}?(?:은|는|도)(?![가-힣])")
# 'B 등급 채권': the letter begins a name. Where a colon announces an answer this is tolerated.
_NAME_FOLLOWS = re.compile(
    rf" (?!{_UNIT}?{_ENDING}|{_UNIT}|선택지|보기|옵션|항목|그리고|혹은|아니면|모두|둘 다|뿐|왜냐|이유)"
    "[가-힣]"
)

# ── one choice ───────────────────────────────────────────────────────────────────────────────

_HANGUL_LETTERS = "가나다라마바사아자차"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
# Marks that mean one option wherever they stand alone.
_PLACES = {
    mark: letter
    for marks in (LETTERS, _CIRCLED, _SYMBOLS)
    for mark, letter in zip(marks, LETTERS, strict=True)
}

_LEAD_IN = (
    "(?:(?:선택지|선지|보기|옵션|항목|기호|[Oo]ption|[Cc]hoice|바로|역시|아마도?|당연히|명백히|분명히"
    "|결국|다음과 같습니다|다음과 같다) ?:?[ \n]?){0,3}+"
)
_OPENING = r"""(?:[(\[{<'"] ?){0,4}+"""
_CLOSING = r"""(?: ?[)\]}>'"]){0,4}+"""
# An article is no answer: 'The answer is a bond', but 'The answer is A because …'.
_NO_ARTICLE = "(?! (?!because|since|as|and|or)[A-Za-z])"
_WHOLE_NUMBER = "(?:10|[1-9])(?![0-9A-Za-z%]|[.,][0-9])"
# '2', '(2)', '2. ' and an option's text, but not the first step of '1. 먼저 …'.
_NO_MORE = (
    rf"(?= ?입니|[,\]}}'\"!]|[.)]? ?(?:번|[{_SYMBOLS}]|\n|$)|[.)]{{1,2}}(?! ?[가-힣A-Za-z0-9])"
    r"|\) ?(?:입니|이다))"
)
_OPTION_TEXT = rf"(?P<text>[{_SYMBOLS}])(?: ?\( ?(?P<tag>[A-J]) ?\))?"
# What restates the same choice: 'B. 배당소득', 'B 배당소득', 'B(배당소득)', 'B번'.
_RESTATED = (
    rf"{_CLOSING}{_UNIT}?(?: ?[.):]? ?['\"]?[{_SYMBOLS}])?{_CLOSING}(?: ?\([^()\n]{{0,100}}\))?"
)

# Where the sentence has announced an answer, even 'b', '2' and '나' are one.
_ANNOUNCED = (
    rf"{_LEAD_IN}{_OPENING}(?:{_OPTION_TEXT}"
    rf"|(?P<letter>[A-Za-z]){_ALONE}{_NO_ARTICLE}"
    rf"|(?P<circled>[{_CIRCLED}])"
    rf"|(?P<number>{_WHOLE_NUMBER})(?:(?P<counted> ?번째?)|(?= ?이다)|{_NO_MORE})"
    rf"|(?<![가-힣])(?P<hangul>[{_HANGUL_LETTERS}]){_NO_MORE}"
    rf"){_RESTATED}"
)
# In running text only what can hardly be anything else.
_IN_PROSE = (
    rf"{_NOT_INSIDE_A_WORD}{_OPENING}(?:{_OPTION_TEXT}"
    rf"|{_NOT_A_NAME}(?P<letter>[A-Z]){_ALONE}"
    rf"|(?P<circled>[{_CIRCLED}])"
    rf"|(?P<number>{_WHOLE_NUMBER})(?P<counted>번)"
    rf"){_RESTATED}"
)
_CHOICE = re.compile(_ANNOUNCED)
_JOINT = re.compile(
    " ?(?:(?P<comma>,)|(?P<tight>[/&])|·|와|과|및|또는|혹은|이나|나|그리고|이랑|랑|하고|이거나|아니면"
    "|and|or) ?(?:그리고 |또는 |혹은 |and |or )?"
)
# 'B, C가 아니라': behind a comma a subject opens a new clause.
_NEW_CLAUSE = re.compile(rf"{_UNIT}?(?:의|가 |이 )")


def _letter_of(choice: re.Match[str], offer: _Offer) -> str | None:
    """The letter that a matched choice means; possibly one that is not offered."""
    group = choice.groupdict()
    if letter := group.get("tag") or group.get("letter"):
        return letter.upper()
    if group["text"]:
        return _PLACES[group["text"]]
    if group["circled"]:
        return _by_circled(group["circled"], offer)
    if group["number"]:
        return _by_number(int(group["number"]), bool(group["counted"]), offer)
    return _by_hangul(group["hangul"], offer)


# The options themselves may be numbers or Korean letters; then such a mark means nothing, unless
# it means the same either way.
_BEGINS_WITH_NUMBER = re.compile(r"(?:약 ?)?[^\w가-힣]{0,3}[0-9]")
_BEGINS_WITH_HANGUL_LETTER = re.compile(rf"\(?[{_HANGUL_LETTERS}](?:[),.·]| ?$)")


def _by_circled(mark: str, offer: _Offer) -> str | None:
    if any(circled in text for text in offer.texts for circled in _CIRCLED):
        return None
    return _by_number(_CIRCLED.index(mark) + 1, True, offer)


def _by_number(number: int, counted: bool, offer: _Offer) -> str | None:
    """`counted` ('2번', '②') can mean a place that does not exist; a bare '9' is just a number."""
    same = [i for i, text in enumerate(offer.texts, 1) if text in (str(number), f"{number}번")]
    if same and same != [number]:
        return None
    if counted:
        return LETTERS[number - 1]
    if number > len(offer.texts) or any(map(_BEGINS_WITH_NUMBER.match, offer.texts)):
        return None
    return LETTERS[number - 1]


def _by_hangul(mark: str, offer: _Offer) -> str | None:
    if mark in offer.texts:
        return LETTERS[offer.texts.index(mark)]
    place = _HANGUL_LETTERS.index(mark)
    if place >= len(offer.texts) or any(map(_BEGINS_WITH_HANGUL_LETTER.match, offer.texts)):
        return None
    return LETTERS[place]


def _choices_at(text: str, position: int, offer: _Offer) -> tuple[_Claim, int] | None:
    """The choice (or list of choices) that begins at `position`, and where it ends."""
    letters: set[str] = set()
    joints: list[re.Match[str]] = []
    last: re.Match[str] | None = None
    while choice := _CHOICE.match(text, joints[-1].end() if joints else position):
        letter = _letter_of(choice, offer)
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
    return (_claim(letters, last), last.end()) if last and not name else None


def _opens_clause(text: str, end: int, after_comma: bool) -> bool:
    """Whether the choice that ends at `end` is what the next clause is about: '…, C는 오답'."""
    return bool(_TOPIC.match(text, end) or (after_comma and _NEW_CLAUSE.match(text, end)))


_SHOWN = ("tag", "letter", "text", "circled", "number", "hangul")


def _claim(letters: set[str], choice: re.Match[str]) -> _Claim:
    """A claim that stands where the last of its choices has its letter, number or text."""
    groups = choice.groupdict()
    shown = next(name for name in _SHOWN if groups.get(name))
    return _Claim(frozenset(letters), *choice.span(shown))


# ── options' full texts ──────────────────────────────────────────────────────────────────────

# The two characters around an option's beginning, or its end and what follows, when they belong
# to one longer word or number: '우선주' in '우선주식', '5%' in '15%' and '-5%'.
_GROWN_LEFT = re.compile(r"[0-9A-Za-z][0-9A-Za-z]|[가-힣][가-힣]|[-−.,][0-9]")
_GROWN_RIGHT = re.compile(
    rf"[0-9A-Za-z][0-9A-Za-z%]|[0-9][.,][0-9]|[0-9A-Za-z가-힣%](?!{_ENDING})[가-힣]"
)


def _with_option_symbols(reply: _Reply, options: Sequence[str]) -> _Reply:
    """The reply with one symbol for each full option text in it, longest texts first."""
    found: dict[int, tuple[int, str]] = {}  # start -> end, symbol
    taken = bytearray(len(reply.text))
    for option, symbol in sorted(zip(options, _SYMBOLS, strict=False), key=lambda p: -len(p[0])):
        if len(option) == 1 and not option.isdigit():
            continue  # a particle, or a letter that means an option's place
        for start, end in _standing(option, reply.text):
            if taken.find(1, start, end) < 0:
                taken[start:end] = bytes([1]) * (end - start)
                found[start] = (end, symbol)
    return _replaced(reply, found)


def _standing(option: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `option` stands in `text` as words of its own, however broken into lines."""
    text = text.replace("\n", " ")
    start = text.find(option) if option else -1
    while start >= 0:
        end = start + len(option)
        grown = (start and _GROWN_LEFT.match(text, start - 1)) or _GROWN_RIGHT.match(text, end - 1)
        if not grown:
            yield start, end
        start = text.find(option, start + 1 if grown else end)


def _replaced(reply: _Reply, found: dict[int, tuple[int, str]]) -> _Reply:
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    position = 0
    for start, (end, symbol) in sorted(found.items()):
        characters += [reply.text[position:start], symbol]
        spans += [*reply.spans[position:start], reply.original_span(start, end)]
        position = end
    return _Reply("".join([*characters, reply.text[position:]]), [*spans, *reply.spans[position:]])


# ── tier: mark ───────────────────────────────────────────────────────────────────────────────

_MARK = re.compile(r"#{1,6} ?(?:최종 ?)?(?:정답|답|[Aa]nswer)(?: ?은| is)?[ \n]?:?[ \n]?")


def _marked(text: str, offer: _Offer) -> list[_Claim]:
    """The answer behind the last mark that has one; earlier marks were drafts."""
    claims = [_announced_at(text, mark.end(), offer, strict=False) for mark in _MARK.finditer(text)]
    return [claim for claim in claims if claim][-1:]


def _announced_at(text: str, position: int, offer: _Offer, strict: bool) -> _Claim | None:
    """The claim at `position`, unless what follows takes it back.

    `strict` holds inside a sentence, where 'A 등급' is the name of something.
    """
    found = _choices_at(text, position, offer)
    if not found or _taken_back(text, found[1]):
        return None
    claim, end = found
    return None if strict and _NAME_FOLLOWS.match(text, end) else claim


def _taken_back(text: str, end: int) -> bool:
    return not _AFFIRMED.match(text, end) and bool(_DOUBTED.match(text, end))


# ── tier: conclusion ─────────────────────────────────────────────────────────────────────────

_ANSWER_WORD = "(?:정답|해답|모범 ?답|(?<![가-힣])답|答案|正确选项)(?:안|변)?(?: ?번호)?"
# '정답은', '정답:', '정답 -', '[정답]', '정답 B', 'the answer is', '<answer>'. Behind `open` words a
# whole sentence may come before the letter; behind a `colon` the letter is in no sentence at all.
_ANSWER_CUE = re.compile(
    rf"{_ANSWER_WORD}(?: ?(?:(?P<open>[은는을])|이|是|为|으로는?))?"
    r"['\"\])}]?(?: ?(?P<colon>[:=→\-–—>?|]{1,3}|…|\.{2,4}))?[ \n]?"
    r"|(?i:(?<![a-z])(?:answer|(?:correct|right|best) (?:option|choice))(?: is| should be)?)"
    r"['\"]?(?P<colon_en> ?[:=→>]{1,2})?[ \n]?"
    r"|(?P<boxed>\\boxed ?)"
    r"|정답(?:이|으로) (?:될|되는|볼|가장|적절|알맞|적합)[^.!?\n없않]{0,20}?것은 ?"
)
# '정답은 … 조건을 지키는 B입니다.': the letter closes the sentence.
_SENTENCE_END = re.compile(r"[!?\n]|\.(?=\s|$)|$")
_LONGEST_SENTENCE = 160
_CLOSING_CHOICE = re.compile(rf"{_IN_PROSE} ?{_UNIT}? ?(?:입니다|이다|임|이에요|예요|다)?[.!]?$")

# 'B가 정답', 'B를 답으로', '(B)의 설명이 가장 적절한 답'.
_OF_THE_OPTION = (
    "(?: ?(?:선택지|보기|항목|옵션))?(?:(?:의|에 대한)? ?(?:설명|내용|진술|서술|주장))?"
)
_MOST = "(?: ?(?:바로|가장|제일|더|매우)){0,2}+"
_BEST = "(?: ?(?:올바른|옳은|맞는|적절한|적합한|정확한|알맞은|타당한|유일한|최종))?"
_IS_THE_ANSWER = "(?:정답|답)안?(?=[은이일인임입으에]|[^가-힣]|$)"
_BEFORE_ANSWER = (
    re.compile(
        rf"{_IN_PROSE}{_OF_THE_OPTION} ?(?:이|가|을|를|은|는){_MOST}{_BEST} ?{_IS_THE_ANSWER}"
    ),
    re.compile(rf"{_NOT_INSIDE_A_WORD}{_OPENING}(?P<letter>[a-j]){_CLOSING} ?가 ?{_IS_THE_ANSWER}"),
    re.compile(
        rf"(?<![A-Za-z]){_OPENING}(?P<letter>[A-Z]){_CLOSING} is (?:the )?"
        r"(?:(?:correct|right|best) )?(?:answer|option|choice|correct|right)(?![a-z])"
    ),
)
# 'A와 C가 정답': what stands before makes the letter one of several.
_ANOTHER_BEFORE = re.compile(
    rf"(?<![A-Za-z0-9])([{LETTERS}{_CIRCLED}{_SYMBOLS}]){_UNIT}?[)'\"]? ?"
    r"(?:,|·|와|과|및|또는|혹은|이?나|그리고) ?[('\"]?$"
)
_LONGEST_JOINT = 12


def _concluded(text: str, offer: _Offer) -> list[_Claim]:
    cues = list(_ANSWER_CUE.finditer(text))
    limits = [cue.start() for cue in cues[1:]] + [len(text)]
    after = [
        _claim_after(text, cue, limit, offer) for cue, limit in zip(cues, limits, strict=False)
    ]
    before = [
        _claim_before(text, found, offer)
        for pattern in _BEFORE_ANSWER
        for found in pattern.finditer(text)
    ]
    return _in_order([*after, *before])


def _in_order(claims: Sequence[_Claim | None]) -> list[_Claim]:
    return sorted((claim for claim in claims if claim), key=lambda claim: claim.start)


def _claim_after(text: str, cue: re.Match[str], limit: int, offer: _Offer) -> _Claim | None:
    colon = bool(cue["colon"] or cue["colon_en"] or cue["boxed"])
    if claim := _announced_at(text, cue.end(), offer, strict=not colon):
        return claim
    return _closing_claim(text, cue.end(), limit, offer) if cue["open"] or colon else None


def _closing_claim(text: str, start: int, limit: int, offer: _Offer) -> _Claim | None:
    """'정답은 A가 아니라 C입니다', '정답은 A와 B 중 B': the offered choice that ends the sentence.

    The sentence ends before `limit`, where the next cue begins.
    """
    end = _SENTENCE_END.search(text, start, min(limit, start + _LONGEST_SENTENCE))
    if not end or end.group() == "?" or (not end.group() and end.start() < len(text)):
        return None
    choice = _CLOSING_CHOICE.search(text, start, end.start())
    letter = choice and _letter_of(choice, offer)
    return _claim({letter}, choice) if choice and letter and letter in offer.letters else None


def _claim_before(text: str, found: re.Match[str], offer: _Offer) -> _Claim | None:
    letter = _letter_of(found, offer)
    if letter is None or _taken_back(text, found.end()):
        return None
    head = text[max(0, found.start() - _LONGEST_JOINT) : found.start()]
    another = _ANOTHER_BEFORE.search(head)
    return _claim({letter, _PLACES[another[1]]} if another else {letter}, found)


# ── tier: judgement ──────────────────────────────────────────────────────────────────────────

_STATEMENT = "(?:것|설명|선택지|보기|진술|서술|내용|항목|문장|주장|사례|경우)"
_RIGHT_STEM = "(?:맞|옳|올바르|적절하|적합하|정확하|타당하|해당하|해당되|부합하|일치하)"
_RIGHT = (
    rf"(?:(?:맞는|옳은|올바른|알맞은|해당하는|해당되는|(?:적절|적합|정확|타당)한) {_STATEMENT}"
    "|(?:맞|옳)(?:습니다|다(?![가-힣])|아요|음)|올바(?:릅니다|르다)"
    "|(?:적절|적합|정확|타당|해당|부합)(?:합니다|하다|한다|됩니다|된다))"
)
_WRONG_WORD = rf"(?:{_RIGHT_STEM}지 ?(?:않|못)|틀[리린렸립]|잘못|부적절|부적합|부정확|그릇|거짓)"
_WRONG = rf"(?:{_WRONG_WORD}[가-힣]{{0,4}}(?: {_STATEMENT})?)"
# '옳지 않은 것', '틀린 설명', '해당하지 않는 것', '거리가 먼 것' are `wrong`; any other is not.
_DENYING = rf"(?:{_WRONG_WORD}|지 ?(?:않|못)|(?<!답이 )아닌|없는|먼)"
_SOME_STATEMENT = (
    rf"(?:(?P<wrong>{_DENYING}[가-힣]{{0,2}} ?{_STATEMENT})|(?<!답이 아닌 ){_STATEMENT})"
)
# What a question asks for, and what a pick is called: '(가장) 옳은 것은 B', '속하지 않는 것은 C'.
_ASKED_STATEMENT = re.compile(rf"{_SOME_STATEMENT}(?:은|는|을|를|만|으로| ?\?|$)")
_STATEMENT_CUE = re.compile(rf"{_SOME_STATEMENT}(?:은|는) ?:? ?")
# 'A가 아니라 C', '따라서 C', 'A 말고 C'.
_NEUTRAL_CUE = re.compile(
    rf"(?:{_NOT_INSIDE_A_WORD}[A-J{_CIRCLED}{_SYMBOLS}]{_UNIT}?[)'\"]?"
    " ?(?:(?:이|가) ?)?(?:아니라|아니고|아닌|말고)"
    "|따라서|그러므로|그래서|결론적으로|결론은|결론 ?:|결국|선택은|선택 ?:|생각에는),? ?"
)
# '(B)가 가장 적절합니다', 'C의 설명이 옳지 않다', 'B를 선택합니다'.
_PICKED = re.compile(
    rf"{_IN_PROSE}{_OF_THE_OPTION} ?"
    rf"(?:(?:이|가){_MOST} ?(?:(?P<right>{_RIGHT})|(?P<wrong>{_WRONG}))"
    "|(?:을|를) ?(?:선택(?:합|하겠|한다)|고릅|고르겠|고른다|택합|택하겠|택한다))"
)


def _asks_for_wrong(stem: str) -> bool | None:
    """Whether the question's last words ask for the wrong statement; None where they do not say."""
    asked = list(_ASKED_STATEMENT.finditer(_plain(stem)))
    return bool(asked[-1]["wrong"]) if asked else None


def _judged(text: str, offer: _Offer) -> list[_Claim]:
    cued = [
        _ending_claim_at(text, cue.end(), offer)
        for cue in _STATEMENT_CUE.finditer(text)
        if offer.wrong_one in (None, bool(cue["wrong"]))
    ]
    cued += [_ending_claim_at(text, cue.end(), offer) for cue in _NEUTRAL_CUE.finditer(text)]
    picked = [
        _claim_before(text, found, offer)
        for found in _PICKED.finditer(text)
        if not (offer.wrong_one is True and found["right"])
        and not (offer.wrong_one is False and found["wrong"])
    ]
    return _in_order([*cued, *picked])


def _ending_claim_at(text: str, position: int, offer: _Offer) -> _Claim | None:
    """Without the word 'answer' only a choice that ends its clause is believed."""
    found = _choices_at(text, position, offer)
    return found[0] if found and _AFFIRMED.match(text, found[1]) else None


# ── tier: bare ───────────────────────────────────────────────────────────────────────────────

_BULLET = re.compile(r"[ >•\-]*")
_BEFORE_LETTER = re.compile(r"[\s>•\-(\['\"]*")
_LINE_END = re.compile(rf" ?{_UNIT}? ?(?:입니다|이다|이에요|예요|임|요)?[ .!]*$")
# 'B. 배당소득은 …': an answer with its text or its reason, or one stop on a walk through all options.
_LETTERED = re.compile(
    rf"{_NOT_INSIDE_A_WORD}(?P<letter>[{LETTERS}])[.)\]] ?(?=[가-힣0-9(\"'{_SYMBOLS}]|[A-Za-z]{{2}})"
)


def _bare(text: str, offer: _Offer) -> list[_Claim]:
    lines = _lines(text)
    found = [(line, claim) for line in lines if (claim := _line_claim(text, line, offer))]
    if len(lines) > 1:
        # Among other lines a lower-case letter, a number or a '나' is a heading or a step.
        found = [(line, claim) for line, claim in found if _unmistakable(text, claim, offer)]
    silent = [claim for line, claim in found if not _OPTION_SYMBOL.search(text, *line)]
    if silent:
        return silent
    worded = [claim for _, claim in found]
    return worded if len({claim.letters for claim in worded}) == 1 else _lettered(text, offer)


def _lines(text: str) -> list[tuple[int, int]]:
    """Start and end of each line that is not blank."""
    return [found.span() for found in re.finditer(r"[^\n]*[^\s][^\n]*", text)]


def _line_claim(text: str, line: tuple[int, int], offer: _Offer) -> _Claim | None:
    start, end = line
    bullet = _BULLET.match(text, start, end)
    found = _choices_at(text, bullet.end() if bullet else start, offer)
    return found[0] if found and _LINE_END.match(text, found[1], end) else None


def _unmistakable(text: str, claim: _Claim, offer: _Offer) -> bool:
    counted = text.startswith("번", claim.end)
    return claim.letters <= set(offer.letters) and (text[claim.start] in _PLACES or counted)


def _lettered(text: str, offer: _Offer) -> list[_Claim]:
    """'B. …' at the beginning, or alone of its kind on the last line.

    A reply that goes through all options begins with A and comes to B; that one has not chosen.
    """
    marks = [mark for mark in _LETTERED.finditer(text) if mark["letter"] in offer.letters]
    letters = {mark["letter"] for mark in marks}
    if not marks:
        return []
    first, last = marks[0], marks[-1]
    if _BEFORE_LETTER.fullmatch(text, 0, first.start()):
        walk = first["letter"] == "A" and "B" in letters
        return [] if walk else [_claim({first["letter"]}, first)]
    last_line = text.rstrip().rfind("\n") + 1
    alone = len(letters) == 1 and _BEFORE_LETTER.fullmatch(text, last_line, last.start())
    return [_claim({last["letter"]}, last)] if alone else []


# ── tier: text ───────────────────────────────────────────────────────────────────────────────

_OPTION_SYMBOL = re.compile(rf"(?P<text>[{_SYMBOLS}])")
_CALLED_WRONG = re.compile(rf"(?:의 {_STATEMENT})? ?(?:이|가|은|는) ?(?:오답|제외|{_WRONG_WORD})")


def _named(text: str, offer: _Offer) -> list[_Claim]:
    """The one option whose text the reply has and does not deny."""
    mentions = list(_OPTION_SYMBOL.finditer(text))
    denied = {mention["text"] for mention in mentions if _denied(text, mention.end(), offer)}
    claims = [
        _claim({_PLACES[mention["text"]]}, mention)
        for mention in mentions
        if mention["text"] not in denied
    ]
    return claims if len({claim.letters for claim in claims}) == 1 else []


def _denied(text: str, end: int, offer: _Offer) -> bool:
    wrong = _CALLED_WRONG.match(text, end) and offer.wrong_one is not True
    return bool(wrong) or _taken_back(text, end)


# ── the cascade and its verdict ──────────────────────────────────────────────────────────────

_CASCADE: tuple[tuple[Tier, Callable[[str, _Offer], list[_Claim]]], ...] = (
    ("mark", _marked),
    ("conclusion", _concluded),
    ("judgement", _judged),
    ("bare", _bare),
    ("text", _named),
)

# '정답은 A입니다. 아니, 다시 보면 정답은 C입니다.' is C; without such a word it is two answers.
_CONCLUDES = re.compile(
    r"(?i:따라서|그러므로|그래서|때문에|이유로|결론|결국|최종|종합|요약|실제로는|사실은|그러나|하지만"
    r"|오히려|therefore|thus|hence|final|however|\\boxed)"
)
_RETRACTS = re.compile(
    r"(?i:아니[,.!…]|아니요|아닙니다\.|다시|정정|수정|실수|착오|재검토|잠깐|(?<![a-z])wait|actually)"
)


def _verdict(claims: Sequence[_Claim], tier: Tier, reply: _Reply, offer: _Offer) -> Extraction:
    """The last claim, unless it names several or an earlier one differs and nothing settles it."""
    last = claims[-1]
    span = reply.original_span(last.start, last.end)
    rivals = [claim for claim in claims if claim.letters != last.letters]
    if len(last.letters) > 1 or (rivals and not _settled(reply.text, rivals[-1].end, last.start)):
        return Extraction(None, "several_answers", tier, span)
    (letter,) = last.letters
    if letter not in offer.letters:
        return Extraction(None, "letter_not_offered", tier, span)
    return Extraction(letter, None, tier, span)


def _settled(text: str, rival_end: int, start: int) -> bool:
    """Whether the sentence before `start` concludes, or the rival has been taken back since."""
    since = text[max(rival_end, start - _LONGEST_SENTENCE) : start]
    sentence = re.split(r"[.!?\n]", since)[-1]
    return bool(_CONCLUDES.search(sentence) or _RETRACTS.search(since))
