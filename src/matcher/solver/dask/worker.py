"""What runs on a worker of a cluster: read a partition, scan its blocks, pack the results."""

from dataclasses import dataclass

from matcher.errors import ConfigError, Finding, MatcherError
from matcher.problem.problem import Problem
from matcher.solver.dask.messages import PackedAnswer, PartitionState, ScanPrices
from matcher.solver.dask.partitions import read_partition
from matcher.solver.pricing.scan import Scanner


@dataclass(frozen=True)
class Failed:
    """An error that is the user's to mend; returned, since what is raised may be asked again."""

    error: MatcherError


def scan_partition(
    mentor_side: Problem, prices: ScanPrices, state: PartitionState
) -> list[PackedAnswer] | Failed:
    """Scan the blocks of one partition with one thread; results in order."""
    try:
        problem = read_partition(mentor_side, state.part)
    except ImportError:
        remedy = "pip install 'mentor-matcher[dask]' on every worker"
        return Failed(ConfigError(Finding("E_EXTRA", "a worker has no pyarrow", remedy)))
    except (OSError, ValueError) as error:
        reason = "they are not there" if isinstance(error, FileNotFoundError) else _words(error)
        message = f"a worker cannot read the partitions of mentees: {reason}"
        remedy = "set solver.partitions to a folder that all machines share"
        return Failed(ConfigError(Finding("E_PARTITIONS", message, remedy)))
    question = state.question(problem, prices)
    scanner = Scanner(problem, threads=1, block_pairs=1)
    scanner.max_size = prices.max_size  # that of the cohort: nobody here may ask for as many
    answers = (scanner.scan_block(question, block) for block in state.part.blocks)
    return [PackedAnswer.of(answer) for answer in answers]


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0]
