"""Drafts of plans: days proposed for many courses at once, until somebody books or holds them.

`asking` asks for a draft, stops or cancels it; `asked` is what was asked, as a draft keeps it. A process of
its own works it out (`solver_process` starts and watches it from the worker; `working` is what it does:
`candidates` reads what the planner is given, `pulse` says that it is alive, `results` keeps what came out,
`figures` compares before and after, `what_if` tries another unit). `deciding` is what a person decides about
one line, `freshness` what has become untrue since, `accepting` books or holds lines by the ordinary acts, as
a job of the worker. Nothing is locked while a draft is worked out. How good a plan is: `scheduling/planner`.
Only `working` and what it reads import that.
"""
