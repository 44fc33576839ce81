"""The Discord adapter."""

import warnings

with warnings.catch_warnings():
    # discord.py imports a module of the standard library that is on its way out; where it is
    # gone already, a package of the same name is installed with discord.py.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

__all__ = ["discord"]
