//! Finds the targets that TARGET arguments name.
//!
//! Input: names and globs as typed. Output: the targets in the order of `targets.yaml`, or an error of wrong usage that suggests the most
//! similar name. Not here: reading the targets (`planning`).

use crate::report::UserError;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_store::{Store, Target};

/// The targets that the arguments name; all of them without arguments. Every argument must name at least one target.
pub fn select<'s>(store: &'s Store, typed: &[String]) -> anyhow::Result<Vec<&'s Target>> {
    if typed.is_empty() {
        return Ok(store.targets.iter().collect());
    }
    let mut is_chosen = vec![false; store.targets.len()];
    for word in typed {
        let matches = matcher(word);
        let mut any = false;
        for (target, is_chosen) in store.targets.iter().zip(&mut is_chosen) {
            if matches(&target.name) {
                (any, *is_chosen) = (true, true);
            }
        }
        if !any {
            return Err(unknown(store, word).into());
        }
    }
    let chosen = store.targets.iter().zip(is_chosen);
    Ok(chosen
        .filter_map(|(target, is_chosen)| is_chosen.then_some(target))
        .collect())
}

/// Whether the arguments may name a target on GitHub: without arguments, or if one of them does not name local targets only.
pub fn reach_github(store: &Store, typed: &[String]) -> bool {
    let local = |target: &&Target| matches!(target.place, lessonbook_store::TargetLocation::Local(_));
    let only_local = |word: &String| {
        let matches = matcher(word);
        let mut named = store
            .targets
            .iter()
            .filter(|target| matches(&target.name))
            .peekable();
        named.peek().is_some() && named.all(|target| local(&target))
    };
    typed.is_empty() || !typed.iter().all(only_local)
}

/// The only target that an argument names.
pub fn one<'s>(store: &'s Store, typed: &str) -> anyhow::Result<&'s Target> {
    let targets = select(store, std::slice::from_ref(&typed.to_owned()))?;
    match targets.as_slice() {
        [target] => Ok(target),
        several => {
            let names: Vec<&str> = several.iter().map(|target| target.name.as_str()).collect();
            let error = UserError::wrong_use(format!("`{typed}` matches {} targets", several.len()));
            Err(error.help(format!("name one of {}", names.join(", "))).into())
        }
    }
}

/// Matches a name (a leading `./` and a final `/` are ignored) or a glob. A `*` alone matches every target.
fn matcher(word: &str) -> impl Fn(&str) -> bool {
    let all = matches!(word, "*" | "**");
    let plain = normalized(word).to_owned();
    let globs = Matcher::new(Dialect::Portable, &[word]);
    move |name| all || normalized(name) == plain || globs.is_match(name)
}

fn normalized(name: &str) -> &str {
    let short = name.trim_end_matches('/');
    let short = short.strip_prefix("./").unwrap_or(short);
    if short.is_empty() { "." } else { short }
}

fn unknown(store: &Store, word: &str) -> UserError {
    let error = UserError::wrong_use(format!("there is no target `{word}`"));
    let names = || store.targets.iter().map(|target| target.name.as_str());
    let near = names()
        .map(|name| (strsim::damerau_levenshtein(name, word), name))
        .filter(|(distance, name)| {
            *distance <= name.len().max(word.len()) / 3 || name.ends_with(&format!("/{word}"))
        })
        .min();
    error.help(match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None if store.targets.is_empty() => "targets.yaml names no target yet".to_owned(),
        None => format!("targets.yaml names {}", listed(names())),
    })
}

/// The first few names, and how many more there are.
pub fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = names.collect();
    let first = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Exit;
    use lessonbook_store::{Redundancy, TargetLocation, Visibility};

    fn store(names: &[&str]) -> Store {
        let target = |name: &&str| Target {
            name: (*name).to_owned(),
            place: TargetLocation::Local((*name).to_owned()),
            tags: Vec::new(),
            assistants: Vec::new(),
            uses: Vec::new(),
            redundancy: Redundancy::standard(),
            base: None,
            visibility: Visibility::Public,
            enabled: true,
            path_policy: lessonbook_store::PathPolicy::default(),
            on_drift: lessonbook_store::OnDrift::Propose,
            checks: false,
            adopt: false,
            declined: Vec::new(),
            scopes: Vec::new(),
            disabled_scopes: Vec::new(),
        };
        Store {
            targets: names.iter().map(target).collect(),
            ..Store::default()
        }
    }

    fn check(typed: &[&str], expected: &[&str]) {
        let store = store(&[
            "acme/cardboard",
            "acme/infra-net",
            "acme/infra-dns",
            "../shop",
            "./",
        ]);
        let typed: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
        let selected = select(&store, &typed).unwrap();
        let names: Vec<&str> = selected.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, expected, "{typed:?}");
    }

    #[test]
    fn a_target_is_a_name_or_a_glob_and_order_is_that_of_the_file() {
        check(&["acme/infra-net"], &["acme/infra-net"]);
        check(&["acme/infra-*"], &["acme/infra-net", "acme/infra-dns"]);
        check(
            &["acme/{infra-net,cardboard}"],
            &["acme/cardboard", "acme/infra-net"],
        );
        check(
            &["../shop", "acme/*", "acme/cardboard"],
            &["acme/cardboard", "acme/infra-net", "acme/infra-dns", "../shop"],
        );
    }

    #[test]
    fn a_folder_is_the_same_with_and_without_its_final_slash() {
        check(&["../shop/"], &["../shop"]);
        check(&["."], &["./"]);
        check(&["./"], &["./"]);
    }

    #[test]
    fn no_argument_and_a_star_mean_every_target() {
        let all = [
            "acme/cardboard",
            "acme/infra-net",
            "acme/infra-dns",
            "../shop",
            "./",
        ];
        check(&[], &all);
        check(&["*"], &all);
    }

    #[test]
    fn a_word_that_names_no_target_is_wrong_use_with_the_most_similar_name() {
        let store = store(&["acme/cardboard", "acme/infra-net"]);
        for (word, help) in [
            ("acme/cardbord", "help: did you mean `acme/cardboard`?"),
            ("cardboard", "help: did you mean `acme/cardboard`?"),
            ("x/*", "help: targets.yaml names acme/cardboard, acme/infra-net"),
        ] {
            let error = select(&store, &[word.to_owned()]).unwrap_err();
            assert_eq!(Exit::from_error(&error), Exit::WrongUse);
            let page = crate::report::error::page(&error);
            let page = anstream::adapter::strip_str(&page).to_string();
            assert!(page.ends_with(help), "{page}");
        }
    }

    #[test]
    fn several_targets_are_wrong_use_where_one_is_required() {
        let store = store(&["acme/a", "acme/b"]);
        assert_eq!(one(&store, "acme/b").unwrap().name, "acme/b");
        let error = one(&store, "acme/*").unwrap_err();
        assert_eq!(error.to_string(), "`acme/*` matches 2 targets");
    }
}
