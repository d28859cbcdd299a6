"""The page “Other systems”: which programs of the Trust may read here, letting one in, ending its access.

What a system reads, and how it signs in, is in `scheduling/fhir` and `pages/fhir`.
"""
