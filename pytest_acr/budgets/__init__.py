"""Budgets of tests: the numbers of requests, bytes and logins that each test may have.

The file that has them, the comparison, and the counting. It knows no pytest: the hooks are in
`pytest_acr.plugin`.
"""
