"""Families' own pages. Whoever has the address sees them; nothing on them names the child."""

from scheduling.views.family.page import show_page

__all__ = ["show_page"]
