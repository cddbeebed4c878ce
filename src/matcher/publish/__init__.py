"""From a solution to the files of a run folder, published whole or not at all."""
