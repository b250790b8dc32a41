"""The registry against recordings of the real one: each kind of exchange, asked as it was recorded (tests.http.recorded).

Repositories are named as in the recordings, or with as many letters, so that lengths can be compared.
"""
