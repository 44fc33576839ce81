"""The core: what a thread is, what is said to it, and how it is answered."""

__version__ = "0.1.0"
