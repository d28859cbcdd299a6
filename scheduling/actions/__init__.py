"""The verbs. Each is atomic, keyword-only, names who (`by`), and leaves an audit row in its transaction.

An action that takes capacity locks the unit first, then loads the diary, then asks the rules: what it reads
cannot change under it (`scheduling/README.md`, decision 3).
"""
