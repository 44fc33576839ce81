"""Working directories of threads, and the git that makes them."""
