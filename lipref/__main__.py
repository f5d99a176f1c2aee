"""`python -m lipref` is the command `lipref`."""

from lipref.cli import main

if __name__ == "__main__":
    main()
