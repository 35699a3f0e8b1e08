"""``python -m kakunin``: the command."""

import sys

from kakunin._command import main

sys.exit(main())
