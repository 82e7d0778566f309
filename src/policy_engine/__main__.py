"""`python -m policy_engine` is `policy`."""

from policy_engine.doors.main import main

main()
