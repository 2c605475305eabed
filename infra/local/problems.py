"""What keeps a local run from starting, said in one line to the person at the terminal."""


class StartError(Exception):
    """A run cannot start or go on; the text says what is wrong and what the person can do about it."""
