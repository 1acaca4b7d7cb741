//! Numbers and Kubernetes quantities as values: `22`, `"22"`, `0x10`, `250m`, `512Mi`.
//!
//! Input: the text of a number. Output: [`Quantity`].

use std::fmt;

/// A number that can be compared. A fraction such as `250m` is divided, not multiplied, so it equals `0.25` exactly.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantity(f64);

impl Quantity {
    /// Reads a number, with a suffix of Kubernetes if it has one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(value) = plain(text) {
            return Some(Self(value));
        }
        let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
        let value = plain(digits).filter(|_| !digits.is_empty())?;
        let value = match &text[digits.len()..] {
            "n" => value / 1e9,
            "u" => value / 1e6,
            "m" => value / 1e3,
            "k" => value * 1e3,
            "M" => value * 1e6,
            "G" => value * 1e9,
            "T" => value * 1e12,
            "P" => value * 1e15,
            "E" => value * 1e18,
            "Ki" => value * 1024f64,
            "Mi" => value * 1024f64.powi(2),
            "Gi" => value * 1024f64.powi(3),
            "Ti" => value * 1024f64.powi(4),
            "Pi" => value * 1024f64.powi(5),
            "Ei" => value * 1024f64.powi(6),
            _ => return None,
        };
        Some(Self(value))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Whether a text is a number as YAML, JSON and HCL write it.
pub fn is_number(text: &str) -> bool {
    plain(text).is_some()
}

/// Whether two texts are the same number. Long integers, such as account numbers, are compared digit by digit.
pub fn equal(a: &str, b: &str) -> bool {
    match (a.parse::<i128>(), b.parse::<i128>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => matches!((plain(a), plain(b)), (Some(a), Some(b)) if a.total_cmp(&b).is_eq()),
    }
}

/// The core schema of YAML: decimal with fraction and exponent, `0x`, `0o`. No `inf`, no `nan`, which compare with nothing.
fn plain(text: &str) -> Option<f64> {
    let radix = |digits: &str, radix| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let value = u64::from_str_radix(digits, radix).ok().filter(|_| plain)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a bound beyond 2^53 needs no exact comparison"
        )]
        Some(value as f64)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let first = text.trim_start_matches(['-', '+']).bytes().next()?;
    let decimal = first.is_ascii_digit() || first == b'.';
    let value: f64 = text.parse().ok().filter(|_| decimal)?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_kubernetes_are_compared_by_value() {
        for (a, b) in [
            ("250m", "0.25"),
            ("1Gi", "1024Mi"),
            ("1k", "1e3"),
            ("700m", "0.7"),
            ("0x10", "16"),
            ("+5", "5"),
        ] {
            assert_eq!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
            assert!(Quantity::parse(a).is_some(), "{a}");
        }
        assert!(Quantity::parse("512Mi") < Quantity::parse("1G"));
        for text in [
            "", "m", "Mi", "abc", "1Xi", "inf", "nan", "-", "0x", "1 Mi", "infinity",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(equal("22", "22.0") && equal("0o10", "8") && !equal("22", "a22"));
        assert!(!equal("123456789012345678", "123456789012345679"));
    }
}
