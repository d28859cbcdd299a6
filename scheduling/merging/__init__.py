"""Making two records of one child one, and undoing that within the day.

`against` says why it cannot be; `following` names every row that points to a child or a contact, found from
the tables themselves, so that nothing is left behind; `merge` does it, `unmerge` undoes it. That a number
still finds the child is in `patients` (`merged`, `PatientQuerySet`).
"""
