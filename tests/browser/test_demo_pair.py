"""`python app.py` as it is: a process of its own, the bundled pair, a question it was taught.

The picture it takes is the one in the README (tests/browser/screens/chat-ko.png).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LAST_ANSWER = "#conversation .bot-row >> nth=-1"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        [sys.executable, "app.py"], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, f"app.py printed no address but {line!r}"
    yield found.group()
    process.terminate()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def test_the_demo_pair_answers_in_korean_and_says_what_it_is(
    address: str, visit, screenshots: Path
) -> None:
    page = visit(address)
    page.wait_for_selector("#status .status >> text=준비됨", timeout=120_000)
    status = page.inner_text("#status")
    assert "데모 쌍" in status
    assert "cpu" in status
    assert "금융 지식을 기대하지 마세요" in page.inner_text("#demo-badge")
    page.get_by_role("button", name="시스템 프롬프트와 생성 설정").click()
    page.fill("#settings input[type=number] >> nth=0", "0")  # greedy: the same picture every time
    page.get_by_role("button", name="시스템 프롬프트와 생성 설정").click()
    page.fill("#question textarea", "국채란 무엇을 말하나요?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#conversation .bot > .message:last-child >> text=/토큰/")
    page.wait_for_selector("#send", state="visible")
    answer = page.inner_text(LAST_ANSWER)
    # What the miniature knows is measured in its card; here it is enough that it speaks Korean.
    assert len(re.findall("[가-힣]", answer)) > 20
    assert "튜닝" in answer
    page.screenshot(path=screenshots / "demo-chat-ko.png")
