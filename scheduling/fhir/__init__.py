"""What other systems of the Trust read here, as FHIR R4 (UK Core), and how they sign in. They write nothing.

`systems` lets one in and ends its access; `tokens` gives it tokens (OAuth 2, client credentials) and is the
only importer of the library that speaks it. Who made and ended what is logged by these, each read by
`pages/fhir/`.
"""
