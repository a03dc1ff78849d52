"""``python -m hotsprings``."""

import sys

from hotsprings.cli import main

sys.exit(main())
