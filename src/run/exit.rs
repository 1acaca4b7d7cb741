//! Every exit code of the program.
//!
//! Input: the results of a command's parts, or an error. Output: one [`Exit`]. Not here: the exit code of a run over targets
//! (`outcome`).

use std::process::ExitCode;

use crate::report::UserError;

/// The result of a run, ordered by importance: if several apply, the greatest is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing left to do: 0.
    Done,
    /// Changes are pending, and the user asked for this exit code: 3.
    Pending,
    /// Something was deferred, by a limit or a pause: 5.
    Deferred,
    /// The plan no longer matches the repositories: 4.
    Stale,
    /// Findings or failures: 1.
    Findings,
    /// Wrong usage: 2.
    WrongUse,
}

impl Exit {
    /// The exit code of the program.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::WrongUse => 2,
            Exit::Pending => 3,
            Exit::Stale => 4,
            Exit::Deferred => 5,
        }
    }

    /// The more important of two results, in the order 2, 1, 4, 5, 3, 0.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// The result of a run that an error stopped.
    pub fn from_error(error: &anyhow::Error) -> Exit {
        let context = error.downcast_ref::<UserError>();
        let causes = error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<UserError>());
        if context.into_iter().chain(causes).any(UserError::is_wrong_use) {
            Exit::WrongUse
        } else {
            Exit::Findings
        }
    }

    /// Findings if there are any, otherwise done.
    pub fn findings_if(has_findings: bool) -> Exit {
        if has_findings { Exit::Findings } else { Exit::Done }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl FromIterator<Exit> for Exit {
    fn from_iter<T: IntoIterator<Item = Exit>>(exits: T) -> Exit {
        exits.into_iter().fold(Exit::Done, Exit::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_results_the_most_important_is_returned() {
        let order = [2, 1, 4, 5, 3, 0];
        let all = [
            Exit::Done,
            Exit::Findings,
            Exit::WrongUse,
            Exit::Pending,
            Exit::Stale,
            Exit::Deferred,
        ];
        let weight = |code: u8| order.iter().position(|other| *other == code);
        for a in all {
            for b in all {
                let both = a.and(b).code();
                assert!(both == a.code() || both == b.code());
                assert!(weight(both) <= weight(a.code()) && weight(both) <= weight(b.code()));
            }
        }
        assert_eq!(all.into_iter().collect::<Exit>(), Exit::WrongUse);
        assert_eq!([].into_iter().collect::<Exit>(), Exit::Done);
    }

    #[test]
    fn an_error_of_the_environment_is_1_and_wrong_use_is_2_at_any_depth() {
        assert_eq!(Exit::from_error(&anyhow::anyhow!("disk is full")).code(), 1);
        assert_eq!(Exit::from_error(&UserError::new("no store").into()).code(), 1);
        let wrong = anyhow::Error::from(UserError::wrong_use("no terminal"));
        assert_eq!(Exit::from_error(&wrong).code(), 2);
        assert_eq!(Exit::from_error(&wrong.context("sync stopped")).code(), 2);
        let outer = anyhow::anyhow!("inner").context(UserError::wrong_use("outer"));
        assert_eq!(Exit::from_error(&outer).code(), 2);
    }
}
