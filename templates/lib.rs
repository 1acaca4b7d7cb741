//! The built-in templates. A file of the same name in a store's `templates/` replaces one of them.

/// The file name and the content of each template.
pub const TEMPLATES: [(&str, &str); 5] = [
    ("always.md.tera", include_str!("always.md.tera")),
    ("item.md.tera", include_str!("item.md.tera")),
    ("lesson.md.tera", include_str!("lesson.md.tera")),
    ("reference.md.tera", include_str!("reference.md.tera")),
    ("scoped.md.tera", include_str!("scoped.md.tera")),
];
