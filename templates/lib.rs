//! The templates that come with Lessonbook, by file name. A template of the same name in a store's own `templates/` is used instead.

/// File name and content of each.
pub const TEMPLATES: [(&str, &str); 5] = [
    ("always.md.tera", include_str!("always.md.tera")),
    ("item.md.tera", include_str!("item.md.tera")),
    ("lesson.md.tera", include_str!("lesson.md.tera")),
    ("reference.md.tera", include_str!("reference.md.tera")),
    ("scoped.md.tera", include_str!("scoped.md.tera")),
];
