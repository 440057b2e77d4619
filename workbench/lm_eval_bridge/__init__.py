"""Between lm_eval and the workbench, both ways.

`command` runs lm_eval with our engine (`model`); `importing` makes runs of what lm_eval wrote,
once `samples` and `lines` have found it to agree with itself.
"""

from workbench.lm_eval_bridge.command import run_lm_eval
from workbench.lm_eval_bridge.importing import ImportedRun, read_samples
from workbench.lm_eval_bridge.samples import sample_files

__all__ = ["ImportedRun", "read_samples", "run_lm_eval", "sample_files"]
