"""`python -m videocall` is the command line."""

from videocall.cli import main

main()
