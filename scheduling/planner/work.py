"""How far the work is, who watches it, and when it has to end: the only clock of the planner.

The clock only ever cuts work short. How much is done otherwise is counted in steps of the solver.
"""

from time import monotonic

from scheduling.planner.values import Progress, Stage, Watch

# The watch is asked this often, in seconds, and nothing may go on for longer than this without asking.
ASK_EVERY = 0.5


class Work:
    """One run: its stage, the best value and bound so far, and whether it has to end."""

    def __init__(self, watch: Watch, seconds: float) -> None:
        self._watch = watch
        self._ends = monotonic() + seconds
        self._asked = float("-inf")
        self._from, self._to = 0.0, 0.0
        self._share = 0.0
        self.stage = Stage.READING
        self.value: int | None = None
        self.bound: int | None = None
        self.is_cut_short = False
        self.failure: BaseException | None = None

    def begins(self, stage: Stage, until: float) -> None:
        """A stage begins, which ends when `until` of the work is done."""
        self.stage = stage
        self._from, self._to = max(self._from, self._to), max(self._to, until)
        self.goes_on(0.0, ask=True)

    def goes_on(self, done: float = 0.0, *, ask: bool = False) -> bool:
        """Whether to go on; `done` is the share of this stage. Asks the watch if it is time to, or if
        told.
        """
        if self.is_cut_short:
            return False
        now = monotonic()
        if now >= self._ends:
            self.is_cut_short = True
            return False
        if ask or now - self._asked >= ASK_EVERY:
            share = self._from + (self._to - self._from) * min(1.0, max(0.0, done))
            self._share = max(self._share, min(1.0, share))
            self._asked = now
            try:
                if not self._watch(Progress(self.stage, self.value, self.bound, self._share)):
                    self.is_cut_short = True
            except BaseException as failure:
                # It may be asked from inside the solver, through which nothing may be raised.
                self.failure = failure
                self.is_cut_short = True
        return not self.is_cut_short

    def raise_what_failed(self) -> None:
        """Raises what the watch raised, if it did."""
        if self.failure is not None:
            raise self.failure
