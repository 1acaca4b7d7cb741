//! Whose checks file a file is.
//!
//! Input: the store and the file's bytes. Output: [`ChecksOwner`]. Not here: what follows from it (`checks_delivery`).

use lessonbook_store::{ChecksFile, Store};

/// Whose file it is.
pub(crate) enum ChecksOwner {
    /// This store's.
    Ours(ChecksFile),
    /// This store's, written when it had another `home`.
    OurEarlierHome(ChecksFile),
    /// This store's, but an edit or a merge damaged it, so that it can't be read. With the reason.
    OursDamaged(String),
    /// Another store's, or a person's, with the reason.
    Another(String),
}

/// Reads whose file it is. A name alone decides nothing, because two stores may have the same one.
pub(crate) fn owner(store: &Store, path: &str, bytes: &[u8]) -> ChecksOwner {
    let (file, findings) = ChecksFile::parse(path, bytes);
    let Some(file) = file else {
        if let Some(why) = ChecksFile::damage(path, bytes, (&store.name, &store.home)) {
            return ChecksOwner::OursDamaged(why);
        }
        let first = findings.into_iter().next();
        return ChecksOwner::Another(
            first.map_or_else(|| "it can't be read".to_owned(), |finding| finding.message),
        );
    };
    if file.name != store.name {
        return ChecksOwner::Another(format!("it names the store `{}`", file.name));
    }
    if file.home == store.home {
        return ChecksOwner::Ours(file);
    }
    let is_known = |id: &String| store.lesson(id).is_some() || store.history.ids.contains(id);
    if !file.lessons.is_empty() && file.lessons.iter().all(|lesson| is_known(&lesson.id)) {
        return ChecksOwner::OurEarlierHome(file);
    }
    ChecksOwner::Another(format!(
        "it names `{}` as its store, but this store is `{}`",
        file.home, store.home
    ))
}
