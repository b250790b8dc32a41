"""The handlers of the control API, a function for each route. Rows are in `routes`.

The first line of a docstring is the summary of the route. Annotations say the rest: `body` is the
type of the body, `criteria` are those of the query, other parameters are in the path, and the
result is the answer, None for 204 without content.
"""
