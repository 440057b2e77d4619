"""The report: what it says, in both languages, and that it stays one harmless file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.sittings import answer_of, exam, sit
from workbench.compare import Side, compare_sides
from workbench.errors import InputError, UnknownNameError
from workbench.languages import LANGUAGES
from workbench.matrix import comparison_matrix
from workbench.report import render_report, report_runs
from workbench.schema import Question, QuestionSet
from workbench.store import Store

TWELVE = exam(12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def report(
    store: Store,
    a: str = "B" * 12,
    b: str = "A" * 12,
    questions: QuestionSet = TWELVE,
    varying: tuple[str, ...] = (),
    language: Any = "ko",
    **fields: Any,
) -> str:
    """Of a vanilla run that chose the letters `a`, and a tuned one that chose `b`."""
    runs = (
        sit(store, questions, a, variant="vanilla", **fields),
        sit(store, questions, b, variant="tuned", **fields),
    )
    return report_runs(store, *(run.id for run in runs), varying=varying, language=language)


class Page(HTMLParser):
    """The text that a reader of one language sees, and every tag with its attributes."""

    VOID = ("meta", "input", "br", "line", "rect", "circle", "path")

    def __init__(self, html: str, language: str = "ko") -> None:
        super().__init__()
        self.language, self.open = language, list[tuple[str, bool]]()
        self.tags, self.pieces = list[tuple[str, dict[str, str | None]]](), list[str]()
        self.feed(html)
        self.text = " ".join(" ".join(self.pieces).split())  # no-break spaces too

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        hidden = tag == "style" or (
            named.get("class") == "say" and named.get("lang") != self.language
        )
        if tag not in self.VOID:
            self.open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop()[0] == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if not any(hidden for _, hidden in self.open):
            self.pieces.append(data)


# ── what it says ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("a", "b", "korean", "english"),
    [
        (
            "B" * 12,
            "A" * 12,
            "◆ 튜닝 쪽이 ◇ 바닐라 쪽보다 더 많이 맞혔습니다.",
            "◆ Tuned answered more",
        ),
        (
            "A" * 12,
            "B" * 12,
            "◇ 바닐라 쪽이 ◆ 튜닝 쪽보다 더 많이 맞혔습니다.",
            "◇ Vanilla answered more",
        ),
        ("A" * 12, "A" * 12, "차이가 확인되지 않았습니다.", "No difference was seen"),
        ("!" * 12, "A" * 12, "함께 답한 문항이 없어", "nothing can be compared"),
    ],
)
def test_the_verdict_is_one_sentence(
    store: Store, a: str, b: str, korean: str, english: str
) -> None:
    html = report(store, a, b)
    assert korean in Page(html, "ko").text
    assert english in Page(html, "en").text


def test_the_verdict_comes_with_its_numbers(store: Store) -> None:
    text = Page(report(store, "B" * 10 + "AA", "A" * 11 + "B")).text
    assert re.search(
        r"◆ 튜닝 − ◇ 바닐라: \+75\.0포인트, 95% 구간 \[.*?\], p = 0\.012, 12문항", text
    )
    assert re.search(r"볼 수 있는 가장 작은 차이는 \d+\.\d포인트입니다", text)


def test_too_few_questions_are_called_too_few(store: Store) -> None:
    text = Page(report(store, "BBB", "AAA", exam(3))).text
    assert "차이가 확인되지 않았습니다" in text
    assert "문항이 너무 적어" in text


def test_both_sides_stand_with_interval_chance_and_counts(store: Store) -> None:
    text = Page(report(store, "B" * 12, "A" * 9 + "-B!")).text
    assert "◇ 바닐라 0.0% [0.0%, 24.2%] 0/12 33.3% −50.0%" in text
    assert "◆ 튜닝 81.8%" in text
    assert "9/11" in text


def test_unread_cut_and_failed_answers_are_counted_and_warned_of(store: Store) -> None:
    text = Page(report(store, "B" * 12, "A" * 9 + "-B!")).text
    assert "읽지 못한 답 (오답으로 셈) 0 1 답을 말하지 않음 1" in text
    assert "읽지 못한 답을 오답으로 셌습니다: ◇ 바닐라 쪽 0개, ◆ 튜닝 쪽 1개." in text
    assert "호출이 실패한 1문항은 두 쪽 모두에서 뺐습니다." in text


def test_categories_and_areas_are_shown_with_their_adjusted_p(store: Store) -> None:
    questions = exam(
        12, category=["재무회계"] * 6 + ["금융시장"] * 6, area=["fin_ratio"] * 11 + [""]
    )
    html = report(store, questions=questions)
    korean, english = (Page(html, language).text for language in LANGUAGES)
    assert "재무회계 n = 6 +100.0 p = 0.063" in korean
    assert "재무 비율 계산 n = 11 +100.0 p = 0.002 · ◆ 튜닝 쪽이 나음" in korean
    assert "Financial ratios n = 11" in english
    assert "(unnamed) n = 1" in english


def test_likelihoods_bring_a_reliability_diagram(store: Store) -> None:
    assert "ECE" in Page(report(store, method="loglik")).text
    assert "ECE" not in Page(report(store, "A" * 12, "A" * 12)).text


def test_every_question_is_listed_with_what_was_chosen(store: Store) -> None:
    text = Page(report(store, "AB-!" + "A" * 8, "B" + "A" * 11)).text
    assert "q0 exam 0번: 국가가 발행하는 채권은? A. 국채 ✓ 정답 B. 회사채 C. 전환사채" in text
    assert "◇ 바닐라: ✓ A ◆ 튜닝: ✗ B" in text
    assert "◇ 바닐라: – 답을 말하지 않음 ◆ 튜닝: ✓ A" in text
    assert "◇ 바닐라: ⚠ 실패 (connection lost) ◆ 튜닝: ✓ A" in text
    assert all(text.count(f"q{i} exam") == 1 for i in range(12))


def test_a_primary_result_is_told_from_a_secondary_one(store: Store) -> None:
    assert "주 결과" in Page(report(store, style="chat")).text
    secondary = Page(report(store, style="native")).text
    assert "부 결과" in secondary
    assert "미리 정한 주 결과는" in secondary


def test_every_way_of_asking_is_shown_and_what_contradicts_is_said_with_the_verdict(
    store: Store,
) -> None:
    """The primary result sees the tuned side ahead, the letters' likelihoods the vanilla one."""
    report(store, "A" * 12, "B" * 12, method="loglik", style="native")
    text = Page(report(store)).text
    doubt = "다른 방식 1가지 가운데 1가지의 판정은 반대입니다: 글자의 가능도 비교 · 원문형."
    assert doubt in text
    assert "글자의 가능도 비교 · 원문형 100.0% → 0.0%" in text
    assert "◇ 바닐라 쪽이 나음 · 주 결과와 반대" in text


def test_a_secondary_report_says_what_the_primary_result_is(store: Store) -> None:
    report(store, "A" * 12, "A" * 12)
    text = Page(report(store, method="loglik"), language="en").text
    assert "Primary result (letter read from a generated answer · chat): no difference seen" in text
    assert "Of 1 other ways of asking, 1 see a difference: likelihoods of the letters" in text


def test_without_the_primary_result_the_report_says_so_and_alone_it_shows_no_other_way(
    store: Store,
) -> None:
    text = Page(report(store, style="native")).text
    assert "주 결과는 저장소에 없습니다" in text
    assert "묻는 방식마다의 결과" not in text


def test_what_is_compared_on_purpose_is_named(store: Store) -> None:
    a = sit(store, TWELVE, "B" * 12, style="chat")
    b = sit(store, TWELVE, "A" * 12, style="native")
    text = Page(report_runs(store, a.id, b.id, varying=["prompt_style"])).text
    assert "프롬프트 형식 항목이 다릅니다. 이것이 비교의 대상입니다: chat / native" in text
    assert f"report {a.id} {b.id} --varying prompt_style -o report.html" in text
    assert "A · ◆ 튜닝" in text  # one variant twice is told apart by letters


def test_two_models_are_told_apart_by_name(store: Store) -> None:
    a = sit(store, TWELVE, "B" * 12, model="first")
    b = sit(store, TWELVE, "A" * 12, model="second")
    text = Page(report_runs(store, a.id, b.id)).text
    assert "B · ◆ 튜닝 (second) 쪽이 A · ◆ 튜닝 (first) 쪽보다 더 많이 맞혔습니다." in text


def test_differences_of_engine_are_caveats(store: Store) -> None:
    a = sit(store, TWELVE, "B" * 12, variant="vanilla", engine={"dtype": "float32"})
    b = sit(store, TWELVE, "A" * 12, engine={"dtype": "bfloat16"})
    text = Page(report_runs(store, a.id, b.id)).text
    assert "자료형 항목이 다릅니다. 점수를 조금 움직일 수 있습니다: float32 / bfloat16" in text
    assert "자료형 ≠ float32 bfloat16" in text


def test_the_demo_pair_is_called_one_wherever_a_side_is_named(store: Store) -> None:
    html = report(store, demo=True)
    text = Page(html).text
    assert text.startswith("◇ 바닐라(데모) 대 ◆ 튜닝(데모)")
    assert "데모용 초소형 모델" in text
    assert text.count("◆ 튜닝") == text.count("◆ 튜닝(데모)") > 5
    assert "데모" not in Page(report(store)).text


def test_what_may_not_be_compared_is_refused(store: Store) -> None:
    a = sit(store, TWELVE, "A" * 12)
    b = sit(store, exam(3), "AAA")
    with pytest.raises(InputError, match="question_set_hash"):
        report_runs(store, a.id, b.id)
    with pytest.raises(UnknownNameError, match="unknown run 'nothing'"):
        report_runs(store, a.id, "nothing")


# ── the file ─────────────────────────────────────────────────────────────────────────────────

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7 * 7 }}{name}"


def test_text_from_data_is_never_markup(store: Store) -> None:
    question = Question(
        id=HOSTILE,
        question=HOSTILE,
        options=(HOSTILE, "다른 것"),
        answer="A",
        category=HOSTILE,
        area=f"<b>{HOSTILE}",
    )
    questions = QuestionSet(name=HOSTILE, questions=(question,), origin=HOSTILE)
    sides = []
    for letter, variant in (("!", "vanilla"), ("A", "tuned")):
        run = sit(
            store,
            questions,
            letter,
            model=HOSTILE,
            variant=variant,
            engine=dict.fromkeys(("base", "tuned", "version", "dtype"), HOSTILE),
        )
        answer = answer_of(question, letter, loglik=False)
        failure = HOSTILE if letter == "!" else None
        sides.append(Side(run, [answer.model_copy(update={"failure": failure})]))
    comparison = compare_sides(*sides, questions)
    matrix = comparison_matrix(store, sides[0].run.id, sides[1].run.id)
    html = render_report(comparison, questions, (sides[0].answers, sides[1].answers), matrix)
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img"})
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert HOSTILE in page.text
    assert page.text.count("{{ 7 * 7 }}") > 10


def test_the_file_needs_nothing_else(store: Store) -> None:
    page = Page(report(store, method="loglik"))
    named = {name for _, attributes in page.tags for name in attributes}
    assert named.isdisjoint({"src", "srcset", "data", "action", "style"})
    links = [attributes["href"] for _, attributes in page.tags if attributes.get("href")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object"})


def test_the_page_forbids_itself_scripts_and_fetches(store: Store) -> None:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'content="{policy}"' in report(store)


def test_every_link_leads_somewhere_and_every_tag_is_closed(store: Store) -> None:
    page = Page(report(store, "AB-!" + "A" * 8, "B" + "A" * 11))
    anchors = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    links = {attributes["href"] for _, attributes in page.tags if attributes.get("href")}
    assert links <= {f"#{anchor}" for anchor in anchors}
    assert len(anchors) == len(set(anchors))
    assert page.open == []


@pytest.mark.parametrize(("language", "shown"), [("ko", "in-ko"), ("en", "in-en")])
def test_it_opens_in_the_language_that_is_asked_for(
    store: Store, language: str, shown: str
) -> None:
    html = report(store, language=language)
    checked = [attributes["id"] for tag, attributes in Page(html).tags if "checked" in attributes]
    assert checked == [shown]
    assert f'<html lang="{language}">' in html


def test_both_languages_say_as_much(store: Store) -> None:
    html = report(store)
    korean, english = (re.findall(rf'class="say" lang="{each}"', html) for each in LANGUAGES)
    assert len(korean) == len(english) > 100


def test_the_same_comparison_gives_the_same_bytes(store: Store) -> None:
    assert report(store) == report(store)


def test_long_lists_are_cut_with_a_word_about_it(store: Store) -> None:
    many = exam(1_005)
    text = Page(report(store, "B" * 1_005, "A" * 1_005, many)).text
    assert "처음 1,000문항만 실었습니다." in text
    assert text.count("exam 1000번") == 0
