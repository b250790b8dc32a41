"""Sessions of requests that accept no endless answer: deadlines and bodies of bounded size."""
