//! How many threads a run over repositories uses.
//!
//! Input: a number of repositories. Output: a number of threads. Not here: the work in them.

use std::num::NonZero;
use std::thread;

/// For fewer repositories, starting another thread costs more than it saves.
const REPOSITORIES_PER_THREAD: usize = 8;

/// The number of threads: at most one for each processor.
pub fn count(repositories: usize) -> usize {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    processors.min(repositories.div_ceil(REPOSITORIES_PER_THREAD))
}
