"""What has to be done before a course, and whether it is.

`drafting` writes a unit's checklist and puts a version in force; `first_draft` is offered to a unit
without one. `ticks` records what was done, and who answers for what was not; `readiness` says what a
course still lacks on each of its days; `unticked` lists courses with something left,
`chasing` keeps what was done about it. How long a check
counts: `rules/checks.py`.
"""
