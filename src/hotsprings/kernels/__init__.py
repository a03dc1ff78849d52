"""The compiled inner loops: arrays in, arrays out, no names of physics.

Threads that wait for each other sleep instead of spinning: on a machine where others are at work, a spinning one keeps
the one it waits for from running, and loops of microseconds take a hundred times longer. Whoever sets
``OMP_WAIT_POLICY`` decides otherwise; it is read once, when the first loop runs.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
