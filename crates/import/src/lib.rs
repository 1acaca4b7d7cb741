//! Hand-written rules of many repositories as candidates for lessons.
//!
//! Input: files as values. Output: candidates in clusters, and for each file what became of each of its units.
//! Not here: reading repositories (`src/repository/`) or writing lessons (crate `store`).
