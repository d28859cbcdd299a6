"""Figures of a unit by month: each with its definition in words, a table, and lines for a chart.

`report` has what all share, `catalogue` lists them in the order of the page; each other module is one
subject. They read, and never write; whoever is counted is never named. Lists of children as files are no
reports: they are with their lists, in `pages/`.
"""
