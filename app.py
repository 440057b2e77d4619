"""Opens the workbench in a browser: chat with the tuned model and its vanilla base.

    python app.py                                       the bundled demo pair, on any laptop
    python app.py --model krx-7b --dtype bfloat16       the published pair, on a GPU
    python app.py --model Qwen/Qwen2.5-7B-Instruct --adapter ./my-adapter
    python app.py --host 0.0.0.0 --port 8080 --auth user:password

The page answers at once; the model is opened behind it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from threading import Event

from workbench.engines import open_engine, say
from workbench.engines.base import Engine
from workbench.errors import WorkbenchError
from workbench.flags import (
    add_model_flags,
    add_store_flag,
    chosen_engine,
    chosen_model,
    chosen_store,
)
from workbench.ui.language import Languages
from workbench.ui.loading import EngineLoader
from workbench.ui.texts import LANGUAGES


def main(argv: Sequence[str] | None = None) -> int:
    try:
        serve(parse_arguments(argv))
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def serve(args: argparse.Namespace) -> None:
    """Open the page, then the model, and stay until interrupted."""
    spec = chosen_model(args)
    options = chosen_engine(args)

    def report(reason: str) -> None:
        say(reason)
        loader.tell(reason)

    def open_pair() -> Engine:
        return open_engine(spec, **options, report=report)

    loader = EngineLoader(spec, open_pair)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read once, when gradio is imported
    from workbench.ui.interface import build_app, launch

    languages = Languages(args.lang)
    app = build_app(loader, languages, chosen_store(args))
    address = launch(
        app,
        languages,
        server_name=args.host,
        server_port=args.port,
        share=args.share,
        auth=args.auth,
        root_path=args.root_path,
    )
    # A terminal says SIGINT, a container SIGTERM; a model server of ours must outlive neither.
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    loader.start()
    print(f"KRX-LLM Workbench: {address}", flush=True)
    ended.wait()
    app.close(verbose=False)
    loader.close()


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_model_flags(parser)
    add_store_flag(parser)
    server = parser.add_argument_group("server")
    server.add_argument(
        "--host", help="address to listen on (default: $GRADIO_SERVER_NAME or 127.0.0.1)"
    )
    server.add_argument("--port", type=int, help="default: the first free one from 7860")
    server.add_argument("--share", action="store_true", help="open a public gradio.live link")
    server.add_argument(
        "--auth", type=credentials, metavar="USER:PASSWORD", help="ask visitors to log in"
    )
    server.add_argument(
        "--root-path", metavar="PATH", help="path under which a proxy serves the app"
    )
    server.add_argument(
        "--lang", choices=LANGUAGES, help="language of the page (default: the browser's)"
    )
    return parser.parse_args(argv)


def credentials(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise argparse.ArgumentTypeError("expected USER:PASSWORD, both not empty")
    return user, password


if __name__ == "__main__":
    sys.exit(main())
