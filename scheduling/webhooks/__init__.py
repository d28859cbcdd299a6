"""Other systems of the Trust are told of visits, as the Standard Webhooks specification says.

`noting` makes events of the log of acts, seconds after they were done, so that no act knows of them or waits
for one; `payload` has the words that are sent, `delivery` sends what is due (`sending` is the one door to the
network, `signing` the secrets), `rounds` is the worker's job that calls both. `endpoints` and `replaying` are
what people do. The tables are in `models/webhook.py`, the pages in `pages/webhooks/`.
"""
