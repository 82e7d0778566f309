"""`python -m policy_engine` is `policy`."""

from policy_engine.cli import main

main()
