"""What a reply says before it answers, so that letters can be scored behind a model's own reasoning."""

from __future__ import annotations

import re

from workbench.answers.cascade import extract_letter
from workbench.answers.reply import normalise, own_part
from workbench.schema import Question

_LAST_MARK = re.compile(r"(?:\n[ *_`]*)?[#＃]{1,6}[^#＃]*\Z")
_OPEN_MARK = re.compile(r"[#＃]{1,6}\s*(?:최종\s*)?정답\s*[:：]?\s*\Z")


def reasoning_before_answer(text: str, question: Question) -> str:
    """The part of a reply before its final answer, without spaces around it; '' if it has none.

    It ends before the mark (`### 정답:`) that the answer was read from, or before the line that is
    nothing but an answer. A sentence that concludes ('따라서 정답은 B입니다.') belongs to the
    reasoning, as it does in training. A thinking part and an invented next question do not.

    >>> q = Question(id="1", question="?", options=("쿠폰", "배당"), answer="A")
    >>> reasoning_before_answer(" 쿠폰은 이자이다. 따라서 A가 정답입니다.### 정답: A", q)
    '쿠폰은 이자이다. 따라서 A가 정답입니다.'
    >>> reasoning_before_answer(" A", q)
    ''
    """
    own, _ = own_part(normalise(text))
    if not own.text:
        return ""
    start, end = own.original_span(0, len(own.text))
    found = extract_letter(text, question)
    if found.span and found.tier == "mark":
        mark = _LAST_MARK.search(text, start, found.span[0])
        end = mark.start() if mark else found.span[0]
    elif found.span and found.tier == "bare":
        end = max(start, text.rfind("\n", start, found.span[0]) + 1)
    return _OPEN_MARK.sub("", text[start:end]).strip()
