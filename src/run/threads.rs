//! Maps values in several threads.
//!
//! Input: values and a function. Output: the results, in the order of the values. Not here: planning, whose threads have a planner each
//! (`planning/parallel`).

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// A thread is worth its start from so many values on: each is a repository that is opened or read.
const VALUES_PER_THREAD: usize = 8;

/// Maps each value; with many values, as many at a time as there are processors.
pub fn map<T: Sync, R: Send>(values: &[T], job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(values.len().div_ceil(VALUES_PER_THREAD));
    if threads < 2 {
        return values.iter().map(job).collect();
    }
    let parts = values.chunks(values.len().div_ceil(threads));
    thread::scope(|scope| {
        let job = &job;
        let running: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(job).collect::<Vec<R>>()))
            .collect();
        let results = running.into_iter().map(thread::ScopedJoinHandle::join);
        results
            .flat_map(|part| part.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}
