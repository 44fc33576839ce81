"""Tests of the playground."""

import warnings

with warnings.catch_warnings():
    # discord.py's voice part imports audioop, which Python 3.13 no longer has; nothing here uses
    # it. The import happens once, before the first test's.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord as _  # noqa: F401
