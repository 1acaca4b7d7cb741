//! Exit codes, all in one place.
//!
//! Comes in: how each part of a run ended. Goes out: one code for the whole. Leaves to others: what counts as what.

use std::process::ExitCode;

use crate::report::Trouble;

/// How a run ended. Ordered by weight: of several the greatest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing left to do: 0.
    Done,
    /// Changes are pending, and the user asked to be told so: 3.
    Pending,
    /// Something was deferred by a limit: 5.
    Deferred,
    /// The plan does not fit the repositories any more: 4.
    Stale,
    /// Findings or failures: 1.
    Findings,
    /// Wrong use: 2.
    WrongUse,
}

impl Exit {
    /// The number that the shell sees.
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

    /// Both happened: 2 before 1 before 4 before 5 before 3 before 0.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// How a run ended that this error stopped.
    pub fn of(error: &anyhow::Error) -> Exit {
        let context = error.downcast_ref::<Trouble>();
        let causes = error.chain().filter_map(|cause| cause.downcast_ref::<Trouble>());
        if context.into_iter().chain(causes).any(Trouble::is_wrong_use) {
            Exit::WrongUse
        } else {
            Exit::Findings
        }
    }

    /// Findings if any, else done.
    pub fn findings_if(found: bool) -> Exit {
        if found { Exit::Findings } else { Exit::Done }
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
    fn of_several_ends_the_heaviest_is_told() {
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
    fn an_error_of_the_world_is_1_and_wrong_use_is_2_however_deep() {
        assert_eq!(Exit::of(&anyhow::anyhow!("disk is full")).code(), 1);
        assert_eq!(Exit::of(&Trouble::new("no store").into()).code(), 1);
        let wrong = anyhow::Error::from(Trouble::wrong_use("no terminal"));
        assert_eq!(Exit::of(&wrong).code(), 2);
        assert_eq!(Exit::of(&wrong.context("sync stopped")).code(), 2);
        let outer = anyhow::anyhow!("inner").context(Trouble::wrong_use("outer"));
        assert_eq!(Exit::of(&outer).code(), 2);
    }
}
