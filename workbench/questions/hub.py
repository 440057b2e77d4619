"""Question sets that lie on the Hugging Face Hub."""

from __future__ import annotations

from typing import Any

from workbench.errors import InputError, OfflineError
from workbench.questions.formats import PUBLISHED, recognise
from workbench.questions.reading import Row, Table

# Commit of each data set that is loaded where no revision is given. Empty as long as nobody has
# loaded one at a commit and looked at what came: an unchecked pin is worse than a question asked.
PINNED_REVISIONS: dict[str, str] = {}


def pinned_revision(dataset_id: str, revision: str | None) -> str:
    """The revision that is asked for, or the one pinned here. Raises InputError without either."""
    if pinned := revision or PINNED_REVISIONS.get(dataset_id):
        return pinned
    raise InputError(
        f"'{dataset_id}' needs --revision: a data set on the Hub can change under its name, and "
        "answers can only be compared over the same questions; give the commit that "
        f"https://huggingface.co/datasets/{dataset_id}/commits/main shows"
    )


def fetch_table(dataset_id: str, config: str, revision: str) -> Table:
    """The rows of a data set's split `train`, which is the only one the published set has.

    Columns that mean nothing here are left out rather than refused: they are not the user's.
    """
    import datasets
    import httpx

    # huggingface_hub reports a lost connection and a server's refusal as httpx errors,
    # datasets as ConnectionError; what is not there comes as one of its own or a ValueError.
    try:
        dataset = datasets.load_dataset(dataset_id, config, split="train", revision=revision)
    except (ConnectionError, httpx.HTTPError) as error:
        raise OfflineError(
            f"'{dataset_id}' lies on the Hugging Face Hub, which cannot be reached "
            f"({_first_line(error)}); download the file where it can, and give its path: "
            "--questions FILE.parquet (.jsonl and .csv work too)"
        ) from error
    except (datasets.exceptions.DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"'{dataset_id}' has no config '{config}' with a split 'train' at revision "
            f"'{revision}' that can be loaded: {_first_line(error)}"
        ) from error
    fmt = recognise(frozenset(dataset.column_names)) or PUBLISHED
    used = tuple(column for column in dataset.column_names if column in fmt.accepted)
    rows: list[dict[str, Any]] = dataset.select_columns(list(used)).to_list()
    return Table(tuple(Row(n, row) for n, row in enumerate(rows, start=1)), (), used, unit="row")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
