"""The page on an engine that reads from a script: for the browser tests, and for looking at it.

python tests/browser/scripted_app.py [--port 7861] [--store FILE] [--slow-load 5] [--fail-load]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # for a run as a script
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from workbench.config import default_store
from workbench.engines.base import Engine
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError
from workbench.schema import ModelSpec
from workbench.ui.interface import build_app, launch
from workbench.ui.language import Languages
from workbench.ui.loading import EngineLoader

PAIR = ModelSpec(name="scripted-pair", base="scripted-base", adapter="scripted-tuned", demo=True)
ANSWER = (
    " **공매도**(空賣渡)는 가지고 있지 않은 주식을 빌려서 먼저 판 뒤, 나중에 주가가 내리면 "
    "싼값에 사서 갚아 차익을 얻는 거래입니다.\n\n"
    "1. 증권사에서 주식을 빌립니다.\n2. 빌린 주식을 시장에서 팝니다.\n3. 주가가 내리면 되사서 갚습니다.\n\n"
    "| 구분 | 차입 공매도 | 무차입 공매도 |\n|---|---|---|\n| 주식을 빌렸는가 | 예 | 아니오 |\n"
    "| 한국에서 허용되는가 | 조건부 | 금지 |\n\n"
    "주가가 오르면 손실에 한도가 없습니다."
)


def scripted_engine() -> ScriptedEngine:
    return ScriptedEngine(fallback=ANSWER, seconds_per_token=0.02, demo=True)


def serve(
    open_engine: Callable[[], Engine], store: Path, port: int | None = None
) -> tuple[gr.Blocks, str]:
    """The running app and its address; the engine is opened behind it."""

    async def build() -> gr.Blocks:
        return build_app(loader, languages, store)

    loader, languages = EngineLoader(PAIR, open_engine), Languages()
    # Without a running loop Gradio opens loops of its own and leaves them unclosed; in a thread,
    # because Playwright runs one here.
    with ThreadPoolExecutor(1) as thread:
        app = thread.submit(asyncio.run, build()).result()
    address = launch(app, languages, server_name="127.0.0.1", server_port=port)
    loader.start()
    return app, address


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int)
    parser.add_argument("--store", type=Path, default=default_store())
    parser.add_argument("--slow-load", type=float, default=0.0)
    parser.add_argument("--fail-load", action="store_true")
    args = parser.parse_args()

    def open_engine() -> Engine:
        time.sleep(args.slow_load)
        if args.fail_load:
            raise EngineError("'./models/7b' holds no config.json; give --model a model folder")
        return scripted_engine()

    app, address = serve(open_engine, args.store, args.port)
    print(address, flush=True)
    app.block_thread()


if __name__ == "__main__":
    main()
