//! The rules that settings of linters can enforce: the words of each rule, and the settings.
//!
//! Not here: comparing a rule with a row (`table`), and reading settings (`settings`).

mod compiled;
mod layout;
mod python;
mod scripts;

use super::table::WantedSetting;

/// Words of a rule, and what enforces it.
pub struct RuleRow {
    /// One of each group must occur: a word, code in backticks, or two words in a row (`any+type`).
    pub needs: &'static [&'static str],
    /// Other words that may occur.
    pub allows: &'static str,
    /// Whether it must forbid, or must not; none: either.
    pub is_negative: Option<bool>,
    pub has_number: bool,
    pub names_its_language: bool,
    pub settings: &'static [WantedSetting],
}

const fn row(
    needs: &'static [&'static str],
    allows: &'static str,
    settings: &'static [WantedSetting],
) -> RuleRow {
    RuleRow {
        needs,
        allows,
        is_negative: None,
        has_number: false,
        names_its_language: false,
        settings,
    }
}

impl RuleRow {
    const fn forbids(mut self) -> Self {
        self.is_negative = Some(true);
        self
    }

    const fn demands(mut self) -> Self {
        self.is_negative = Some(false);
        self
    }

    const fn with_number(mut self) -> Self {
        self.has_number = true;
        self
    }

    /// Its words belong to one language.
    const fn of_one_language(mut self) -> Self {
        self.names_its_language = true;
        self
    }
}

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static RuleRow> {
    [layout::ROWS, scripts::ROWS, python::ROWS, compiled::ROWS]
        .into_iter()
        .flatten()
}
