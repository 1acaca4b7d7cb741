//! The built-in templates. A file of the same name in a store's `templates/` replaces one of them.

/// The file name and the content of each template.
pub const TEMPLATES: [(&str, &str); 5] = [
    ("always.md.tera", include_str!("always.md.tera")),
    ("item.md.tera", include_str!("item.md.tera")),
    ("lesson.md.tera", include_str!("lesson.md.tera")),
    ("reference.md.tera", include_str!("reference.md.tera")),
    ("scoped.md.tera", include_str!("scoped.md.tera")),
];

/// The same for the catalogue that `site` writes. A file of the same name in a store's `templates/site/` replaces one of them.
pub const SITE_TEMPLATES: [(&str, &str); 12] = [
    ("coverage.html.tera", include_str!("site/coverage.html.tera")),
    ("feed.xml.tera", include_str!("site/feed.xml.tera")),
    ("filter.js", include_str!("site/filter.js")),
    ("heat-map.html.tera", include_str!("site/heat-map.html.tera")),
    ("index.html.tera", include_str!("site/index.html.tera")),
    ("lesson.html.tera", include_str!("site/lesson.html.tera")),
    ("lessons.html.tera", include_str!("site/lessons.html.tera")),
    ("page.html.tera", include_str!("site/page.html.tera")),
    ("style.css", include_str!("site/style.css")),
    ("target.html.tera", include_str!("site/target.html.tera")),
    ("targets.html.tera", include_str!("site/targets.html.tera")),
    ("timeline.html.tera", include_str!("site/timeline.html.tera")),
];
