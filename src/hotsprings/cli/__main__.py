"""``python -m hotsprings.cli``."""

import sys

from hotsprings.cli import main

sys.exit(main())
