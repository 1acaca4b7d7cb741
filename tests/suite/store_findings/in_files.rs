//! Mistakes that need additional files, and where each is reported.

use super::LESSON;

/// Files that are added to the store, and the expected findings.
pub type Story = (Vec<(&'static str, Vec<u8>)>, &'static str);

/// Mistakes that need additional files, and the expected findings.
pub fn in_files() -> Vec<Story> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        (
            vec![("lessons/kubernetes/empty.yaml", text("# soon\n"))],
            "empty-file lessons/kubernetes/empty.yaml:1:1",
        ),
        (
            vec![("lessons/kubernetes/large.yaml", vec![b'#'; 10_000_000])],
            "file-too-large lessons/kubernetes/large.yaml:1:1",
        ),
        (
            vec![(
                "lessons/kubernetes/bytes.yaml",
                b"title: x\nrule: \xff\n".to_vec(),
            )],
            "invalid-utf8 lessons/kubernetes/bytes.yaml:2:7",
        ),
        (
            vec![("lessons/kubernetes/bomb.yaml", bomb())],
            "alias-bomb lessons/kubernetes/bomb.yaml",
        ),
        (
            vec![("lessons/kubernetes/probe.yml", text(LESSON))],
            "misplaced-file lessons/kubernetes/probe.yml:1:1",
        ),
        (
            vec![("lessons/probe.yaml", text(LESSON))],
            "misplaced-file lessons/probe.yaml:1:1",
        ),
        (
            vec![("lessons/a/b/probe.yaml", text(LESSON))],
            "misplaced-file lessons/a/b/probe.yaml:1:1",
        ),
        (
            vec![("lessons/README.md", text("hello"))],
            "misplaced-file lessons/README.md:1:1",
        ),
        (
            vec![("lessons/Cloud Things/other.yaml", text(LESSON))],
            "bad-topic lessons/Cloud Things/other.yaml:1:1",
        ),
        (
            vec![("lessons/kubernetes/Other_One.yaml", text(LESSON))],
            "bad-id lessons/kubernetes/Other_One.yaml:1:1",
        ),
        (
            vec![("lessons/cloud/probe.yaml", text(LESSON))],
            "duplicate-id lessons/cloud/probe.yaml:1:1; duplicate-id lessons/kubernetes/probe.yaml:1:1",
        ),
        (
            vec![(
                "lessons/kubernetes/newer.yaml",
                text(&(LESSON.to_owned() + "supersedes: [probe]\n")),
            )],
            "supersedes-active lessons/kubernetes/newer.yaml:11:14",
        ),
        (
            vec![
                (
                    "lessons/a/x.yaml",
                    text(&(LESSON.to_owned() + "status: retired\nsupersedes: [y]\n")),
                ),
                (
                    "lessons/a/y.yaml",
                    text(&(LESSON.to_owned() + "status: retired\nsupersedes: [x]\n")),
                ),
            ],
            "supersedes-circle lessons/a/y.yaml:12:14",
        ),
        (
            vec![("lessons/kubernetes/_topic.yaml", text("tag: [x]\n"))],
            "unknown-key lessons/kubernetes/_topic.yaml:1:1",
        ),
        (
            vec![("templates/always.md.tera", b"\xff".to_vec())],
            "invalid-utf8 templates/always.md.tera:1:1",
        ),
        (
            vec![("templates/always.md.tera", "a\u{200b}b".into())],
            "suspicious-character templates/always.md.tera:1:2",
        ),
    ]
}

fn bomb() -> Vec<u8> {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for n in 1..9 {
        let before = vec![format!("*a{}", n - 1); 9].join(", ");
        text.extend(["a", &n.to_string(), ": &a", &n.to_string(), " [", &before, "]\n"]);
    }
    text.into_bytes()
}
