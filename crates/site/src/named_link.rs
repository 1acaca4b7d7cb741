//! A link with a name, as several pages have it.
//!
//! Not here: addresses (`address`).

use serde::Serialize;

/// A name and its page, from the site's root; an empty address: it has none.
#[derive(Serialize)]
pub struct NamedLink<'a> {
    /// The name.
    pub name: &'a str,
    /// The page.
    pub href: String,
}
