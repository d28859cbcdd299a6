"""What people see and type: views and forms, a package for each subject; `family/` is without sign-in.

A view loads what its user may see (`records`), asks a form, calls one verb of a subject, and redirects.
This is the one floor that may see all subjects.
"""
