"""A child's course history: what was recorded, and what follows from it.

`reviews` records reviews, imaging, medicines and decisions; `record` reads everything of one child;
`timeline`, `plots`, `strips`, `values_table` and `body_map` show it;
`last_time` is what a visit should know; `next_review` says when a review is due;
`last_course` and `lengths` say how long ago and how long the last course was. Of laboratories,
`lab_values` reads one result and `results_file` a file, `lab_results` judges its lines, `result_imports`
takes them in and undoes that. What is recorded of one visit is in `visit/`.
"""
