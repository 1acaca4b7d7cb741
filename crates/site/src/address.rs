//! The folder of each lesson, target, topic, tag and owner in the site's addresses.
//!
//! Input: names. Output: a folder's name for each, valid on every system. An address does not depend on other names, except where two
//! names differ only in characters that an address can't have.

use std::collections::BTreeMap;

/// A folder's name is cut at so many characters: file systems allow 255 bytes.
const LONGEST: usize = 80;

/// Names that Windows gives to devices.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// The folder of each name. Names are taken in order, so the first of two that collide keeps the plain one.
pub fn folders<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeMap<&'n str, String> {
    let mut sorted: Vec<&str> = names.into_iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut by_name = BTreeMap::new();
    let mut taken = std::collections::BTreeSet::new();
    for name in sorted {
        let plain = folder(name);
        let numbered = (2..=usize::MAX).map(|number| format!("{plain}-{number}"));
        let mut candidates = std::iter::once(plain.clone()).chain(numbered);
        // There are as many candidates as numbers, so one is always free.
        let free = candidates
            .find(|candidate| !taken.contains(candidate))
            .unwrap_or(plain.clone());
        taken.insert(free.clone());
        by_name.insert(name, free);
    }
    by_name
}

/// A name in lower-case letters, digits and single hyphens: `acme/shop` is `acme-shop`, `../shop` is `shop`.
fn folder(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '_' {
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain: String = plain.chars().take(LONGEST).collect();
    let plain = plain.trim_end_matches('-');
    let is_device = DEVICES.contains(&plain)
        || ["com", "lpt"].iter().any(|port| {
            let number = plain.strip_prefix(port);
            number.is_some_and(|number| number.chars().count() == 1)
        });
    match plain {
        "" => "here".to_owned(),
        plain if is_device => format!("{plain}-"),
        plain => plain.to_owned(),
    }
}

/// A path as the address in a link: everything but plain characters is written as percent signs and digits.
pub fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
    path.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gets_a_folder_of_its_own() {
        let folders = folders([
            "acme/shop",
            "../shop",
            "./",
            "acme-shop",
            "ACME/Shop",
            "con",
            "com1",
            "größe",
        ]);
        let pairs: Vec<(&str, &str)> = folders
            .iter()
            .map(|(name, folder)| (*name, folder.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("../shop", "shop"),
                ("./", "here"),
                ("ACME/Shop", "acme-shop"),
                ("acme-shop", "acme-shop-2"),
                ("acme/shop", "acme-shop-3"),
                ("com1", "com1-"),
                ("con", "con-"),
                ("größe", "größe"),
            ]
        );
        assert_eq!(
            encoded("lessons/größe x/index.html"),
            "lessons/gr%C3%B6%C3%9Fe%20x/index.html"
        );
    }
}
