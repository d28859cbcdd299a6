"""Import the planner in a process of its own, and print which modules of the solver came with it."""

import sys

import scheduling.planner

if __name__ == "__main__":
    sys.stdout.write(f"{scheduling.planner.__name__} {sorted({'highspy', 'numpy'} & set(sys.modules))}\n")
