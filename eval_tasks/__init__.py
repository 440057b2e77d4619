"""Tasks for EleutherAI's lm-evaluation-harness; see README.md.

A folder `krx_*` is one task: a YAML that the harness reads and a `utils.py` with what is special
about it. What the tasks share stands beside them: which questions are asked (`selection`), what the
model reads and how results are broken down (`harness`), how replies count (`scoring`).
"""
