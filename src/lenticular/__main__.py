"""Lets ``python -m lenticular`` do what the command ``lenticular`` does."""

from lenticular.cli import main

if __name__ == "__main__":
    main()
