"""What every JSON room below /api/v1 is built from: its blueprint, its fields, its pages, its problems, its once.

flask-smorest reads the body and writes the OpenAPI document. Errors, paging and idempotency are our own
(docs/decisions/0013). A page and an API route call the same action and stand under the same guard.
"""
