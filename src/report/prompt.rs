//! Asks a person at a terminal; each question is answered with a line.
//!
//! Input: a question, and how to answer it without a terminal. Output: the answer; without a terminal an error of wrong usage (exit
//! code 2), because a script would wait for an answer forever. Not here: what the answer means.
//!
//! The terminal's mode is not changed and the cursor is never hidden, so Ctrl-C leaves the terminal intact.

use std::io::{self, BufRead as _, IsTerminal, Write as _};

use super::style::{BOLD, DIM, paint};
use super::{Printer, UserError};

/// Whether a person can answer: stdin and stderr are terminals.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for `yes` or `no`; an empty line is no. `otherwise` explains how to answer without a terminal: "pass --yes".
pub fn confirm(printer: &Printer, question: &str, otherwise: &str) -> anyhow::Result<bool> {
    need_terminal(question, otherwise)?;
    loop {
        let answer = ask(
            printer,
            &format!("{} {}", paint(BOLD, question), paint(DIM, "[yes/No]")),
        )?;
        match yes_or_no(&answer) {
            Some(answer) => return Ok(answer),
            None => printer.complain("please answer `yes` or `no`"),
        }
    }
}

fn yes_or_no(answer: &str) -> Option<bool> {
    match answer.to_lowercase().as_str() {
        "yes" | "y" => Some(true),
        "no" | "n" | "" => Some(false),
        _ => None,
    }
}

/// Asks for a line of text. `check` returns what is wrong with an answer; then the question is repeated.
pub fn text(
    printer: &Printer,
    question: &str,
    otherwise: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> anyhow::Result<String> {
    need_terminal(question, otherwise)?;
    loop {
        let answer = ask(printer, &format!("{}:", paint(BOLD, question)))?;
        match check(&answer) {
            Ok(()) => return Ok(answer),
            Err(wrong) => printer.complain(&wrong),
        }
    }
}

/// Asks for one of several answers and returns its index. The user types a number, or the start or a part of an answer. An empty
/// line selects `first`.
pub fn choose(
    printer: &Printer,
    question: &str,
    otherwise: &str,
    answers: &[&str],
    first: usize,
) -> anyhow::Result<usize> {
    need_terminal(question, otherwise)?;
    let first = first.min(answers.len().saturating_sub(1));
    let mut shown: Vec<usize> = (0..answers.len()).collect();
    loop {
        for &at in &shown {
            let mark = if at == first {
                paint(DIM, "  (enter)")
            } else {
                String::new()
            };
            printer.complain(&format!(
                "  {:>2}  {}{mark}",
                at + 1,
                answers.get(at).unwrap_or(&"")
            ));
        }
        let answer = ask(printer, &format!("{}:", paint(BOLD, question)))?;
        if answer.is_empty() {
            return Ok(first);
        }
        let fits = matching(&answer, answers);
        match fits.as_slice() {
            [only] => return Ok(*only),
            [] => {
                printer.complain(&format!("no answer matches `{answer}`"));
                shown = (0..answers.len()).collect();
            }
            _ => shown = fits,
        }
    }
}

/// The answers that a line can mean: by number, completely, by their start, or by a part of them.
fn matching(line: &str, answers: &[&str]) -> Vec<usize> {
    if let Ok(number) = line.parse::<usize>()
        && (1..=answers.len()).contains(&number)
    {
        return vec![number - 1];
    }
    let line = line.to_lowercase();
    let all = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let found = answers.iter().enumerate();
        found
            .filter(|(_, answer)| fits(&answer.to_lowercase()))
            .map(|(at, _)| at)
            .collect()
    };
    let ways: [&dyn Fn(&str) -> bool; 3] = [
        &|answer| answer == line,
        &|answer| answer.starts_with(&line),
        &|answer| answer.contains(&line),
    ];
    ways.into_iter()
        .map(all)
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Shows a question and reads the answer. The end of the input is an error.
fn ask(printer: &Printer, question: &str) -> anyhow::Result<String> {
    printer.question(question);
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        let _ = writeln!(io::stderr());
        return Err(UserError::wrong_use("the input ended before an answer").into());
    }
    Ok(line.trim().to_owned())
}

fn need_terminal(question: &str, otherwise: &str) -> Result<(), UserError> {
    if can_ask() {
        return Ok(());
    }
    Err(UserError::wrong_use(format!("there is no terminal to answer “{question}”")).help(otherwise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_means_yes_or_no_and_nothing_else() {
        for yes in ["yes", "y", "YES"] {
            assert_eq!(yes_or_no(yes), Some(true));
        }
        for no in ["", "no", "n", "No"] {
            assert_eq!(yes_or_no(no), Some(false));
        }
        for unclear in ["yess", "ok", "1", "yes no"] {
            assert_eq!(yes_or_no(unclear), None);
        }
    }

    #[test]
    fn typing_a_number_or_a_part_narrows_a_choice() {
        let answers = ["critical: an outage", "high: breaks", "medium: costs", "chore"];
        assert_eq!(matching("2", &answers), [1]);
        assert_eq!(matching("h", &answers), [1]);
        assert_eq!(matching("c", &answers), [0, 3]);
        assert_eq!(matching("OUT", &answers), [0]);
        assert_eq!(matching("9", &answers), Vec::<usize>::new());
    }

    #[test]
    fn without_a_terminal_a_question_is_wrong_use_and_has_help() {
        if can_ask() {
            println!("skipped: this test runs on a terminal");
            return;
        }
        let error = confirm(&Printer::default(), "apply?", "pass --yes").unwrap_err();
        let trouble = error.downcast_ref::<UserError>().unwrap();
        assert!(trouble.is_wrong_use());
        let page = anstream::adapter::strip_str(&super::super::error::page(&error)).to_string();
        assert_eq!(
            page,
            "error: there is no terminal to answer “apply?”\n  help: pass --yes"
        );
    }
}
