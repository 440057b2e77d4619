"""Korean around an answer: what may be attached to it, what affirms it, what takes it back."""

from __future__ import annotations

import re

from workbench.answers.reply import SYMBOLS

# What may be attached to a letter or an option's text. The first group goes on in many ways
# ('입니다', '이라고'); the second must end the word, or 'A가' would be read in 'A가격'.
ENDING = (
    "(?:입니|이다|이며|이고|이므로|이기|이라|이란|이에|이죠|이지|이었|이겠|이네|이니|이면|이냐|이려"
    "|예요|에요|였|라고|라는|라면|라서|지만|니까|네요|군요|일까|일지|인가|인지|인데|밖에"
    "|(?:이|가|은|는|을|를|도|만|로|으로|으로는|로는|와|과|나|이나|의|에|처럼|보다|보다는|임|임이|임을"
    "|임은|인|일|다|라|고|요|야|죠|냐|랑|이랑|하고|및|또는|중|뿐)(?![가-힣]))"
)
UNIT = "(?:번|항)"
# Not in 'ETF', 'B2B', 'J.M.', 'C-레벨', 'C++'.
ALONE = (
    r"(?![A-Za-z0-9]|\.[A-Za-z](?![A-Za-z])|[-+#][가-힣A-Za-z0-9+])"
    rf"(?={UNIT}?(?:{ENDING}|[^가-힣]|$))"
)
NOT_INSIDE_A_WORD = r"(?<![A-Za-z0-9가-힣&/+\-])"
NOT_A_NAME = "(?:(?<![A-Za-z] )|(?<=[Oo]ption )|(?<=[Cc]hoice ))"  # 'Class A'

_COPULA = (
    "(?:입니|이다|다(?![가-힣])|이며|이고|이므로|이기 때문|이라서|임|이에요|예요|에요|이죠|죠"
    "|요(?![가-힣])|(?:이|가) 되(?!려면)|(?:이|가) 됩|(?:이|가) 된)"
)
AFFIRMED = re.compile(rf" ?{UNIT}? ?(?:{_COPULA}|[.,!;\n)\]}}]|$)")

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
DOUBTED = re.compile(
    rf" ?{UNIT}?(?: ?(?:{_OPEN_QUESTION}|아[니닌닙님])"
    rf"| ?{ENDING}[^.,!?:;\nA-Z①-⑩{SYMBOLS}]{{0,16}}?(?:{_NEGATION}|{_MISTAKEN}))"
)
# 'A는 …' says something about A and answers nothing.
TOPIC = re.compile(rf"{UNIT}?(?:은|는|도)(?![가-힣])")
# 'B 등급 채권': the letter begins a name. Where a colon announces an answer this is tolerated.
NAME_FOLLOWS = re.compile(
    rf" (?!{UNIT}?{ENDING}|{UNIT}|선택지|보기|옵션|항목|그리고|혹은|아니면|모두|둘 다|뿐|왜냐|이유)"
    "[가-힣]"
)
