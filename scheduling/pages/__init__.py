"""What people see and type: views and forms, one package for each subject; `family/` needs no sign-in.

A view loads what its user may see (`records`), asks a form, calls one function of a subject, and redirects.
This is the only floor that may import all subjects.
"""
