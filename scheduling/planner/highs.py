"""The solver, HiGHS: one linear or integer programme at a time, on one thread, its steps counted.

A step is one call of HiGHS's interrupt callback or one iteration of its simplex method; a limit on steps
ends a programme at the same point every time, which a limit in seconds would not. What HiGHS says is never
taken on
trust: a number counts only with the status it belongs to, and whoever asks keeps its own best solution.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Thread
from typing import Any

import numpy as np

from scheduling.planner.values import SolverFailed
from scheduling.planner.work import Work

try:
    import highspy
except ImportError as missing:  # pragma: no cover
    raise SolverFailed("The solver HiGHS is not installed.") from missing

Array = Any  # of numpy

# A programme with more columns is solved in a thread of its own, and looked at so often, in seconds.
MANY_COLUMNS = 3000
LOOK_EVERY = 0.2
# For `steps`, where only the watch ends a programme.
NO_LIMIT = 10**9


@cache
def solver_name() -> str:
    """Such as "HiGHS 1.16.0"."""
    return f"HiGHS {_quiet(0).version()}"


@dataclass(slots=True)
class Programme:
    """Minimise cost·x with low <= A·x <= high and lower <= x <= upper; columns of A one after another."""

    cost: Array
    upper: Array
    low: Array
    high: Array
    starts: Array
    rows: Array
    values: Array
    lower: Array | None = None
    is_integer: bool = False


@dataclass(slots=True)
class Answer:
    """x: the best found, None if none was. bound: nothing is below it, -inf if not known.

    is_optimal: x is proven best. duals: of the rows, for a linear programme that is optimal.
    turns: of the simplex method, all of an integer programme together: what the work comes to on any machine.
    """

    x: Array | None
    value: float
    bound: float
    is_optimal: bool
    duals: Array | None
    steps: int
    turns: int = 0


def by_columns(columns: Array, rows: Array, values: Array, count: int) -> tuple[Array, Array, Array]:
    """A matrix given entry by entry, as a programme wants it."""
    order = np.lexsort((rows, columns))
    columns = columns[order]
    return np.searchsorted(columns, np.arange(count + 1)), rows[order], values[order]


def solve(
    programme: Programme,
    work: Work,
    *,
    steps: int,
    seed: int = 0,
    start: Array | None = None,
    done: float = 0.0,
    on_better: Callable[[Array], None] | None = None,
    options: dict[str, Any] | None = None,
) -> Answer:
    """Solves a programme, or as much of it as `steps` and the watch allow."""
    solver = _quiet(seed)
    for option, value in (options or {}).items():
        solver.setOptionValue(option, value)
    solver.passModel(_model(programme))
    return run(solver, work, programme.is_integer, steps=steps, start=start, done=done, on_better=on_better)


def loaded(programme: Programme, seed: int = 0) -> Any:
    """A solver that keeps a programme, to be run again after rows were added."""
    solver = _quiet(seed)
    solver.passModel(_model(programme))
    return solver


def run(
    solver: Any,
    work: Work,
    is_integer: bool,
    *,
    steps: int,
    start: Array | None = None,
    done: float = 0.0,
    on_better: Callable[[Array], None] | None = None,
) -> Answer:
    """The same for a solver that has its programme already."""
    counted = 0
    apart = solver.getNumCol() > MANY_COLUMNS
    kinds = highspy.cb.HighsCallbackType

    def called(kind: Any, message: str, out: Any, back: Any, _: Any) -> None:
        nonlocal counted
        if kind == kinds.kCallbackMipImprovingSolution:
            if on_better is not None:
                on_better(np.array(out.mip_solution))
            return
        counted += 1
        goes_on = not work.is_cut_short if apart else work.goes_on(done)
        if counted > steps or not goes_on:
            back.user_interrupt = True

    solver.setCallback(called, None)
    solver.startCallback(kinds.kCallbackSimplexInterrupt)
    if is_integer:
        solver.startCallback(kinds.kCallbackMipInterrupt)
    if on_better is not None:
        solver.startCallback(kinds.kCallbackMipImprovingSolution)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solution.value_valid = True
        solver.setSolution(solution)
    if apart:
        # HiGHS may be silent for seconds, as when it presolves; the watch is asked all the same.
        thread = Thread(target=solver.run, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(LOOK_EVERY)
            work.goes_on(done)
    else:
        solver.run()
    solver.setCallback(None, None)
    work.raise_what_failed()
    return _answer(solver, is_integer, counted)


def _answer(solver: Any, is_integer: bool, counted: int) -> Answer:
    status, info = solver.getModelStatus(), solver.getInfo()
    statuses = highspy.HighsModelStatus
    is_optimal = status == statuses.kOptimal
    is_feasible = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if status in (
        statuses.kSolveError,
        statuses.kModelError,
        statuses.kPresolveError,
        statuses.kPostsolveError,
    ):
        raise SolverFailed(f"The solver broke down: {solver.modelStatusToString(status)}.")
    x = np.array(solver.getSolution().col_value) if is_optimal or (is_integer and is_feasible) else None
    if is_integer:
        known = is_optimal or status in (
            statuses.kInterrupt,
            statuses.kSolutionLimit,
            statuses.kIterationLimit,
        )
        bound = info.mip_dual_bound if known else float("-inf")
        if status == statuses.kInfeasible:
            bound = float("inf")
        turns = max(0, int(info.simplex_iteration_count))
        return Answer(x, info.objective_function_value, bound, is_optimal, None, counted, turns)
    duals = np.array(solver.getSolution().row_dual) if is_optimal else None
    value = info.objective_function_value
    steps = max(counted, int(info.simplex_iteration_count))
    return Answer(x, value, value if is_optimal else float("-inf"), is_optimal, duals, steps)


def _quiet(seed: int) -> Any:
    # Not highspy.Highs, which prints a banner and asks Python about every kind of callback.
    solver = highspy._core._Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("log_to_console", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("random_seed", seed)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-6)
    return solver


def _model(programme: Programme) -> Any:
    count = len(programme.cost)
    model = highspy.HighsLp()
    model.num_col_ = count
    model.num_row_ = len(programme.high)
    model.col_cost_ = np.asarray(programme.cost, dtype=np.float64)
    model.col_lower_ = np.zeros(count) if programme.lower is None else programme.lower
    model.col_upper_ = np.asarray(programme.upper, dtype=np.float64)
    model.row_lower_ = np.asarray(programme.low, dtype=np.float64)
    model.row_upper_ = np.asarray(programme.high, dtype=np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = programme.starts
    model.a_matrix_.index_ = programme.rows
    model.a_matrix_.value_ = np.asarray(programme.values, dtype=np.float64)
    if programme.is_integer:
        model.integrality_ = [highspy.HighsVarType.kInteger] * count
    return model
