"""Systems of the Trust that are told of visits: setting them up (`system_pages`), and their outbox
(`event_pages`). What is told, and how it is sent, is in `scheduling/webhooks/`.
"""
