"""Working through spreadsheets piece by piece: each is a transaction, and between rounds mails go out."""

from collections import Counter
from collections.abc import Callable, Iterable

# So many lines are worked through in one round of the worker.
A_ROUND = 500


def work_through(
    files: Iterable[int], do_piece: Callable[[int], list[str] | None], stopping: Callable[[], bool]
) -> Counter[str]:
    """How many lines became what, `taken` and so on, until the round is over or nothing is left.

    files: their keys. do_piece: does the next lines of a file, and says what became of each; None if it has
    none left.
    """
    outcomes = Counter[str]()
    for key in files:
        while not stopping() and outcomes.total() < A_ROUND and (done := do_piece(key)) is not None:
            outcomes.update(done)
    return outcomes
