//! Applies the fixes of `check --fix`.
//!
//! Input: a file's text and the fixes of its findings. Output: the fixed text. Not here: writing it.

use lessonbook_base::finding::Fix;

/// The text with the fixes applied. Of two that overlap, only the later one in the text is applied; a second run applies the other.
pub fn apply_fixes(text: &str, fixes: &[Fix]) -> String {
    let mut order: Vec<&Fix> = fixes.iter().collect();
    order.sort_by_key(|fix| std::cmp::Reverse((fix.span.start, fix.span.end)));
    let mut fixed = text.to_owned();
    let mut free = text.len();
    for fix in order {
        let fits = fix.span.start <= fix.span.end
            && fix.span.end <= free
            && text.is_char_boundary(fix.span.start)
            && text.is_char_boundary(fix.span.end);
        if fits {
            fixed.replace_range(fix.span.clone(), &fix.replacement);
            free = fix.span.start;
        }
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(span: std::ops::Range<usize>, replacement: &str) -> Fix {
        Fix {
            file: "a.yaml".into(),
            span,
            replacement: replacement.into(),
        }
    }

    #[test]
    fn fixes_are_applied_in_any_order_without_moving_each_other() {
        let fixes = [fix(0..1, "long"), fix(4..5, ""), fix(2..3, "B")];
        assert_eq!(apply_fixes("a b c d", &fixes), "long B  d");
    }

    #[test]
    fn of_two_that_overlap_one_is_applied_and_invalid_ones_are_ignored() {
        assert_eq!(apply_fixes("abcd", &[fix(0..3, "x"), fix(2..4, "y")]), "aby");
        assert_eq!(apply_fixes("é", &[fix(1..2, "x"), fix(5..9, "y")]), "é");
        assert_eq!(apply_fixes("ab", &[fix(1..1, "x"), fix(1..1, "x")]), "axxb");
    }
}
