"""How long records are kept, and the pages on which the lead holds or erases one; `retention/` does it."""
