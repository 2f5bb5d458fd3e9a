"""`python -m andon.cli`, for machines where the command is not on the path."""

from andon.cli import main

main()
