"""Finds every breach of the rules that must always hold, by looking at the rows themselves.

Acts and constraints keep these rules. This checks whether they did, because a row may have been changed by
hand, or written while a constraint was missing. Sentences name courses, sessions and chairs by number, never
a child. `breaches` asks all of it; `courses`, `units`, `messages` and `guards` are one subject each.
"""
