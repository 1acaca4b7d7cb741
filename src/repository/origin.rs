//! Reads `owner/name` of a repository from the address of its remote `origin`.
//!
//! Input: a folder. Output: the last two parts of the remote's address; `None` if there is no `origin`, or if it is a folder.

use std::path::Path;

use gix::bstr::ByteSlice as _;

use super::LocalRepository;

/// `owner/name` of the repository whose top folder this is.
pub fn owner_and_name(folder: &Path) -> Option<String> {
    // Works for a repository without a commit, too: it is opened, but no branch is read.
    let repository = LocalRepository::open(folder, "").ok()?;
    let config = repository.repo.config_snapshot();
    let address = config.string("remote.origin.url")?;
    parse(address.to_str().ok()?)
}

/// From `git@host:owner/name.git`, `https://host/owner/name` or `ssh://git@host:22/owner/name`.
fn parse(address: &str) -> Option<String> {
    let path = match address.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None => {
            // As in git: `host:path`, unless a slash before the colon makes it a folder. One letter is a Windows drive.
            let (host, path) = address.split_once(':')?;
            if host.contains(['/', '\\']) || host.len() < 2 {
                return None;
            }
            path
        }
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    let word = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part.chars().all(plain) && !part.chars().all(|c| c == '.')
    };
    (word(owner) && word(name)).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_address_gives_owner_and_name_and_a_folder_does_not() {
        for address in [
            "git@github.com:acme/rules.git",
            "github.com:acme/rules",
            "https://github.com/acme/rules",
            "https://token@git.acme.example:8443/acme/rules.git/",
            "ssh://git@github.com:22/acme/rules.git",
            "git://github.com/acme/rules.git",
        ] {
            assert_eq!(parse(address).as_deref(), Some("acme/rules"), "{address}");
        }
        for address in [
            "../rules.git",
            "/srv/git/acme/rules.git",
            "file:///srv/acme/rules",
            "C:\\git\\acme\\rules",
            "C:/acme/rules",
            "./a:b/c",
            "https://gitlab.com/group/subgroup/rules.git",
            "https://github.com/acme",
            "git@github.com:acme/ru les",
            "git@github.com:../..",
            "",
        ] {
            assert_eq!(parse(address), None, "{address}");
        }
    }
}
