"""A stand-in for the `vllm` program: `fake_vllm.py serve MODEL … --behaviour NAME …`.

It serves the health and the list of models of a server, and behaves as badly as its name says.
`--note FOLDER` makes it leave its process ids and arguments there.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LAST_WORDS = {
    "out-of-memory": "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
    "context-too-long": "ValueError: To serve at least one request … Based on the available memory,"
    " the estimated maximum model length is 2048. Try increasing gpu_memory_utilization",
    "unknown-flag": "vllm serve: error: unrecognized arguments: --tensor-paralel-size 2",
    "port-taken": "OSError: [Errno 98] error while attempting to bind: address already in use",
    "rank-too-high": "ValueError: LoRA rank 64 is greater than max_lora_rank 16.",
    "disk-full": "OSError: [Errno 28] No space left on device",
    "no-network": "OSError: We couldn't connect to 'https://huggingface.co' to load the files",
    "says-nothing": "",
}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            return self.reply({})
        if self.path == "/version":
            return self.reply({"version": "0.32.0"})
        models = [{"id": "vanilla"}, {"id": "tuned", "parent": "vanilla"}]
        shared = {"owned_by": "vllm", "max_model_len": 1024}
        return self.reply({"data": [model | shared for model in models]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/die":
            os._exit(3)
        logprobs = {"top_logprobs": [{"token_id:0": -1.0}]}
        self.reply({"choices": [{"text": "네", "finish_reason": "stop", "logprobs": logprobs}]})

    def reply(self, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def main(arguments: list[str]) -> None:
    options = dict(itertools.pairwise(arguments))
    behaviour = options.get("--behaviour", "well")
    folder = Path(options["--note"])
    starts = len(list(folder.glob("start-*")))
    # As vLLM does, it works in processes of its own.
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    note = {
        "pids": [os.getpid(), worker.pid],
        "arguments": arguments,
        "key": os.environ["VLLM_API_KEY"],
    }
    (folder / f"start-{starts}").write_text(json.dumps(note))
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour in LAST_WORDS:
        print(f"INFO loading\n{LAST_WORDS[behaviour]}", flush=True)
        sys.exit(1)
    if behaviour == "fails-again" and starts:
        sys.exit("the second start fails")
    print("INFO Loading model weights", flush=True)
    if behaviour == "never-ready":
        time.sleep(600)
    if behaviour == "slow":
        time.sleep(1.0)
    ThreadingHTTPServer(("127.0.0.1", int(options["--port"])), Answers).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
