//! A digest that shows whether a commit on our branch is still the one that we wrote.
//!
//! Input: a commit's tree, parents, message and email addresses. Output: a line for the end of its message, and whether a
//! commit that is read later still matches that line.
//! Not here: reading commits (`branch`, `github/parse_repository`) and creating them (`pending_commit`, `github/objects`).
//!
//! The digest covers the tree and the parents, not only the files that changed. If a person amends, squashes, rebases or
//! cherry-picks the commit, its tree or its parent changes. Then the commit is that person's work and is not overwritten.
//! The digest also covers the message and, if we choose them, the addresses of author and committer, so that a commit with
//! another message or author is a person's, too. Names and dates are left out: git removes some characters from names, and
//! GitHub sets the dates.

use sha2::{Digest as _, Sha256};

use lessonbook_base::git_oid::hex;

/// The key of the line that holds the digest.
const KEY: &str = "Lessonbook-Commit:";
/// Bytes of the digest that are written: 128 bits.
const BYTES: usize = 16;

/// The author or committer of a commit, as git or GitHub shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// The name.
    pub name: &'a str,
    /// The address.
    pub email: &'a str,
}

/// The facts about a commit that the digest covers.
#[derive(Debug, Clone, Copy)]
pub struct CommitFacts<'a> {
    /// The id of its tree, in hexadecimal digits.
    pub tree: &'a str,
    /// The ids of its parents, in order.
    pub parents: &'a [&'a str],
    /// Its whole message.
    pub message: &'a str,
    /// Its author, if known.
    pub author: Option<Person<'a>>,
    /// Its committer, if known.
    pub committer: Option<Person<'a>>,
}

/// A message with the digest at its end. `email` is the address of author and committer; `None` if GitHub chooses both.
pub fn with_digest(message: &str, tree: &str, parents: &[&str], email: Option<&str>) -> String {
    let body = message.trim_end();
    // Without a blank line the whole message would be the subject, which can't hold trailers.
    let gap = if body.lines().any(|line| line.trim().is_empty()) {
        "\n"
    } else {
        "\n\n"
    };
    let digest = digest(message, tree, parents, email.map(|email| (email, email)));
    format!("{body}{gap}{KEY} {digest}\n")
}

impl CommitFacts<'_> {
    /// Whether a run of this store wrote this commit, and it was not changed since.
    pub fn is_ours(&self, store_name: &str) -> bool {
        if trailer(self.message, store_name).is_none() {
            return false;
        }
        let mut lines = self.message.lines().rev();
        let Some(stated) = lines.find_map(|line| line.trim().strip_prefix(KEY)) else {
            return false;
        };
        let fits = |emails| digest(self.message, self.tree, self.parents, emails) == stated.trim();
        let (Some(author), Some(committer)) = (self.author, self.committer) else {
            return false;
        };
        fits(Some((author.email, committer.email)))
            || (fits(None) && (author == committer || is_github(committer)))
    }
}

/// Whether GitHub is the committer: it is for commits that GitHub signs for an App.
fn is_github(person: Person<'_>) -> bool {
    person.name.starts_with("GitHub") && person.email.starts_with("noreply@")
}

fn digest(message: &str, tree: &str, parents: &[&str], emails: Option<(&str, &str)>) -> String {
    let mut text = format!("tree {tree}\n");
    for parent in parents {
        text.push_str(&format!("parent {parent}\n"));
    }
    if let Some((author, committer)) = emails {
        text.push_str(&format!(
            "author {}\ncommitter {}\n",
            author.trim(),
            committer.trim()
        ));
    }
    // Git and GitHub may change line endings, spaces at the end of a line, and blank lines at the end of a message.
    let lines = message.lines().map(str::trim_end);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with(KEY)).collect();
    text.push_str(&format!("\n{}\n", lines.join("\n").trim_end()));
    let hash = Sha256::digest(text.as_bytes());
    hex(hash.get(..BYTES).unwrap_or(&hash))
}

/// The digest that a commit message states for this store: `Lessonbook: <name> <digest>` in its last paragraph.
pub fn trailer<'m>(message: &'m str, store_name: &str) -> Option<&'m str> {
    let lines: Vec<&str> = message.trim_end().lines().map(str::trim).collect();
    // A message of one paragraph has a subject and no trailers.
    let last = lines.iter().rposition(|line| line.is_empty())?;
    lines[last..].iter().rev().find_map(|line| {
        let mut words = line.strip_prefix("Lessonbook:")?.split_whitespace();
        let (name, digest, rest) = (words.next()?, words.next()?, words.next());
        (name == store_name && rest.is_none()).then_some(digest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "Add\n\nLessonbook: acme 12ab\n";
    const BOT: Person<'_> = Person {
        name: "Bot",
        email: "bot@x",
    };
    const DANA: Person<'_> = Person {
        name: "Dana",
        email: "dana@x",
    };
    const GITHUB: Person<'_> = Person {
        name: "GitHub",
        email: "noreply@github.com",
    };

    fn facts<'a>(
        message: &'a str,
        tree: &'a str,
        parents: &'a [&'a str],
        who: [Person<'a>; 2],
    ) -> CommitFacts<'a> {
        CommitFacts {
            tree,
            parents,
            message,
            author: Some(who[0]),
            committer: Some(who[1]),
        }
    }

    #[test]
    fn a_commit_is_ours_as_long_as_nothing_of_it_changes() {
        let message = with_digest(MESSAGE, "t1", &["p1"], Some("bot@x"));
        let ours = |message: &str, tree, parent, who| facts(message, tree, &[parent], who).is_ours("acme");
        assert!(ours(&message, "t1", "p1", [BOT, BOT]));
        // GitHub returns a message without its last line break.
        assert!(ours(message.trim_end(), "t1", "p1", [BOT, BOT]));
        assert!(ours(&message.replace('\n', "\r\n"), "t1", "p1", [BOT, BOT]));
        assert!(!ours(&message, "t2", "p1", [BOT, BOT]), "amended");
        assert!(!ours(&message, "t1", "p2", [BOT, BOT]), "rebased");
        assert!(
            !ours(&message, "t1", "p1", [BOT, DANA]),
            "amended without a change"
        );
        assert!(!ours(&message, "t1", "p1", [DANA, DANA]), "--reset-author");
        let reworded = message.replace("Add", "Add more");
        assert!(!ours(&reworded, "t1", "p1", [BOT, BOT]), "reworded");
        assert!(!ours(MESSAGE, "t1", "p1", [BOT, BOT]), "without a digest");
        assert!(!facts(&message, "t1", &["p1"], [BOT, BOT]).is_ours("other"));
        assert!(!facts(&message, "t1", &["p1", "p2"], [BOT, BOT]).is_ours("acme"));
    }

    #[test]
    fn where_github_chooses_the_committer_it_is_the_author_or_github() {
        let message = with_digest(MESSAGE, "t1", &["p1"], None);
        let ours = |tree, who| facts(&message, tree, &["p1"], who).is_ours("acme");
        assert!(ours("t1", [BOT, BOT]));
        assert!(ours("t1", [BOT, GITHUB]));
        assert!(!ours("t1", [BOT, DANA]));
        assert!(!ours("t2", [BOT, GITHUB]));
    }

    #[test]
    fn a_message_of_one_line_gets_a_paragraph_for_its_trailers() {
        assert!(with_digest("Add", "t", &[], None).starts_with("Add\n\nLessonbook-Commit: "));
    }
}
