//! The examples of the guide's page on checks do what the page says.

use lessonbook_base::finding::Finding;
use lessonbook_store::{Files, check_examples, load};

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 20);

#[test]
fn every_example_of_the_guide_fires_on_its_bad_and_is_silent_on_its_good() {
    let page = include_str!("../../../docs/guide/checks.md");
    let blocks: Vec<&str> = page
        .split("```yaml check\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 20);
    for (number, block) in blocks.into_iter().enumerate() {
        let file = format!("lessons/guide/example-{number}.yaml");
        let lesson = format!(
            "title: Example {number}\nseverity: low\nrule: Do it right.\nrationale: It is so.\n{block}"
        );
        let files = Files::from([
            ("targets.yaml".to_owned(), b"version: 1\nname: acme\n".to_vec()),
            (file, lesson.into_bytes()),
        ]);
        let (store, mut findings) = load(&files, TODAY);
        findings.extend(check_examples(&store));
        let messages: Vec<&Finding> = findings.iter().collect();
        assert!(messages.is_empty(), "{block}\n{messages:#?}");
        assert!(!store.lessons[0].checks.is_empty(), "{block}");
    }
}
