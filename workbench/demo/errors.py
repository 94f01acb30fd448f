"""What the worked example refuses."""


class DemoError(Exception):
    """The worked example cannot be made here; the message says why and what to do."""
