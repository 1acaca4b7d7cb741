//! Prints the git commands that merge the proposals of local targets. They are never run: a person merges.
//!
//! Input: the plans, our branch, and the folder of each target. Output: one line for each proposal that waits.

use super::status::TargetStatus;
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::plan::TargetPlan;

/// One shell command for each local target whose proposal is up to date.
pub fn text(plans: &[TargetPlan], branch: &str, folder: &dyn Fn(&str) -> String) -> String {
    let waiting = plans
        .iter()
        .filter(|plan| matches!(plan.proposal.action, Action::Keep { .. }) && is_local(&plan.target.name));
    let line = |plan: &TargetPlan| {
        let git = format!("git -C {}", word(&folder(&plan.target.name)));
        let merge = format!("{git} merge --quiet --no-edit {}", word(branch));
        match &plan.target.base {
            Some(base) => format!("{git} switch --quiet {} && {merge}\n", word(&base.branch)),
            None => format!("{merge}\n"),
        }
    };
    waiting.map(line).collect()
}

/// The open pull requests, as comments in the same script.
pub fn pages(statuses: &[TargetStatus]) -> String {
    let links = statuses.iter().filter(|status| status.age.is_some());
    links
        .filter_map(|status| Some(format!("# {}: {}\n", status.target, status.link.as_ref()?)))
        .collect()
}

/// Whether a target is a path.
fn is_local(name: &str) -> bool {
    name.starts_with(['.', '/', '~']) || name.contains('\\') || name.get(1..2) == Some(":")
}

/// A word, quoted for a shell if necessary.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=@:,".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_folder_with_any_name_is_one_word_in_the_shell() {
        assert_eq!(word("../shop"), "../shop");
        assert_eq!(word("../my shop"), "'../my shop'");
        assert_eq!(word("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(word("-x"), "'-x'");
        assert_eq!(word(""), "''");
    }
}
