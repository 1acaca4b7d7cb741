//! Questions to a person at a terminal.
//!
//! Comes in: a question, and how to answer it without a terminal. Goes out: the answer; without a terminal an error of wrong
//! use (exit code 2), because a script that waits for an answer waits for ever. Leaves to others: what the answer means.

use std::io::{self, IsTerminal};

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, Input, Select};

use super::{Printer, Trouble};

/// Whether somebody can answer: stdin and stderr are a terminal.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for yes or no; enter alone is no. `otherwise` says how to answer without a terminal: "say --yes".
pub fn confirm(printer: &Printer, question: &str, otherwise: &str) -> anyhow::Result<bool> {
    need_terminal(question, otherwise)?;
    let theme = theme(printer);
    let asked = Confirm::with_theme(theme.as_ref())
        .with_prompt(question)
        .default(false);
    Ok(asked.interact()?)
}

/// Asks for a line of text. `check` says what is wrong with an answer; then it is asked again.
pub fn text(
    printer: &Printer,
    question: &str,
    otherwise: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> anyhow::Result<String> {
    need_terminal(question, otherwise)?;
    let theme = theme(printer);
    let asked = Input::<String>::with_theme(theme.as_ref())
        .with_prompt(question)
        .allow_empty(true)
        .validate_with(|answer: &String| check(answer.trim()));
    Ok(asked.interact_text()?.trim().to_owned())
}

/// Asks for one of several answers and gives its index.
pub fn choose(
    printer: &Printer,
    question: &str,
    otherwise: &str,
    answers: &[&str],
    first: usize,
) -> anyhow::Result<usize> {
    need_terminal(question, otherwise)?;
    let theme = theme(printer);
    let asked = Select::with_theme(theme.as_ref())
        .with_prompt(question)
        .items(answers)
        .default(first.min(answers.len().saturating_sub(1)));
    Ok(asked.interact()?)
}

fn need_terminal(question: &str, otherwise: &str) -> Result<(), Trouble> {
    if can_ask() {
        return Ok(());
    }
    Err(Trouble::wrong_use(format!("nobody is here to answer “{question}”")).help(otherwise))
}

/// Dialoguer knows nothing of `--color`.
fn theme(printer: &Printer) -> Box<dyn Theme> {
    if printer.is_plain() {
        Box::new(SimpleTheme)
    } else {
        Box::new(ColorfulTheme::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_a_question_is_wrong_use_and_names_the_way_out() {
        if can_ask() {
            println!("skipped: this test runs on a terminal");
            return;
        }
        let error = confirm(&Printer::default(), "apply?", "say --yes").unwrap_err();
        let trouble = error.downcast_ref::<Trouble>().unwrap();
        assert!(trouble.is_wrong_use());
        let page = anstream::adapter::strip_str(&super::super::error::page(&error)).to_string();
        assert_eq!(
            page,
            "error: nobody is here to answer “apply?”\n  help: say --yes"
        );
    }
}
