"""Says what is missing when this Python cannot make the virtual environment.

Runs on whatever `python3` is, so it is written for every Python 3, and Python 2.
"""

import sys

version = ".".join(str(part) for part in sys.version_info[:3])

if sys.version_info < (3, 11):
    sys.exit(
        "s3monitor needs Python 3.11 or newer; this is Python %s (%s).\n"
        "If a newer one is installed, name it: make PYTHON=python3.11 ..."
        % (version, sys.executable)
    )

try:
    __import__("ensurepip")
    __import__("venv")
except ImportError:
    sys.exit(
        "Python %s (%s) has no venv module, which Debian and Ubuntu package apart.\n"
        "As root: apt-get install python3-venv" % (version, sys.executable)
    )
