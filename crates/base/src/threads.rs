//! Maps values in several threads.
//!
//! Input: values, a number of threads, and a function. Output: the results, in the order of the values. Not here: how many threads are worth
//! it, which depends on what is done with a value.

use std::panic::resume_unwind;
use std::thread;

/// Maps each value, in so many threads.
pub fn map<T: Sync, R: Send>(values: &[T], threads: usize, job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads < 2 {
        return values.iter().map(job).collect();
    }
    let parts = values.chunks(values.len().div_ceil(threads).max(1));
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
