"""Real processes under real faults: clients that record what they see, faults, and a checker that knows nothing else."""
