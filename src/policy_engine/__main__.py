"""The command `policy`, and `python -m policy_engine`: stopped while it starts, it ends as it does later."""

import gc
import sys


def main() -> None:
    """Run the command line. What it needs is imported in here: nearly all the time of a start."""
    try:
        gc.disable()  # nothing of it is garbage: to look through it again and again took a sixth of a start
        from policy_engine.doors.main import main as run

        gc.freeze()
        gc.enable()
        run()
    except KeyboardInterrupt:
        sys.exit(130)  # as `ending` does, which may not be there yet


if __name__ == "__main__":
    main()
