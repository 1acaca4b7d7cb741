//! Finds addresses on hosts that the store does not list in `policy.hosts`.
//!
//! Input: a text and the store's known hosts. Output: every other host, and its bytes.
//! Not here: reading the list (`store/`).

use std::ops::Range;

// Address types only; sockets are for `repository/`.
use core::net::{Ipv4Addr, Ipv6Addr};
use unicode_script::{Script, UnicodeScript};

use super::SuspiciousText;
use crate::finding::Code;

/// Hosts of standards, documentation and code that lessons often quote; subdomains count. Pages on them are the vendor's, or the
/// address contains the author's name.
#[rustfmt::skip]
const WELL_KNOWN: &[&str] = &[
    // Standards and security.
    "commonmark.org", "cve.org", "ietf.org", "json-schema.org", "keepachangelog.com", "mitre.org", "nist.gov",
    "owasp.org", "rfc-editor.org", "semver.org", "unicode.org", "w3.org", "whatwg.org", "yaml.org",
    // Clouds and infrastructure.
    "cloud.google.com", "developer.hashicorp.com", "docs.aws.amazon.com", "docs.docker.com", "helm.sh", "kubernetes.io",
    "learn.microsoft.com", "opentelemetry.io", "postgresql.org", "prometheus.io", "registry.terraform.io",
    // Languages.
    "crates.io", "developer.mozilla.org", "docs.rs", "go.dev", "nodejs.org", "python.org", "rust-lang.org",
    // Code and assistants.
    "agents.md", "claude.com", "code.visualstudio.com", "cursor.com", "docs.anthropic.com", "docs.gitlab.com",
    "git-scm.com", "github.com", "github.blog",
    // Reserved for examples (RFC 2606).
    "example.com", "example.net", "example.org",
];

/// Names that never leave the machine or the local network (RFC 2606, RFC 6761, RFC 6762, RFC 9476, ICANN's `internal`).
const LOCAL: &[&str] = &[
    "alt",
    "example",
    "internal",
    "invalid",
    "local",
    "localhost",
    "test",
];

/// Finds addresses on hosts that are neither listed, nor well known, nor local. A host in punycode or of mixed scripts is always
/// reported, because it may look like a listed one.
pub(super) fn unknown_hosts(text: &str, known: &[&str]) -> Vec<SuspiciousText> {
    let mut found = Vec::new();
    for span in hosts(text) {
        let host = text[span.clone()].trim_end_matches('.').to_lowercase();
        let message = if host.split('.').any(|label| label.starts_with("xn--")) {
            format!("`{host}` is a host in punycode, which can look like another host")
        } else if is_mixed(&host) {
            format!("`{host}` is a host with letters of several scripts, which can look like another host")
        } else if is_known(&host, known) || is_local(&host) {
            continue;
        } else {
            format!("`{host}` is a host that `policy.hosts` does not list")
        };
        found.push(SuspiciousText {
            span,
            code: Code::UnknownHost,
            message,
            effect: "an assistant that opens the address reads whatever the page contains on that day".into(),
            help: "add the host to `policy.hosts` in targets.yaml, or add an exception for this lesson"
                .into(),
        });
    }
    found
}

/// The hosts of all addresses with a network scheme, and of names that begin with `www.`.
fn hosts(text: &str) -> Vec<Range<usize>> {
    const SCHEMES: &[&str] = &[
        "https",
        "http",
        "ftp",
        "ftps",
        "ws",
        "wss",
        "git",
        "ssh",
        "git+https",
        "git+ssh",
    ];
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, _) in lower.match_indices("://") {
        let scheme = lower[..at]
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '+')
            .next()
            .unwrap_or_default();
        if SCHEMES.contains(&scheme) {
            found.extend(host_at(text, at + "://".len()));
        }
    }
    for (at, _) in lower.match_indices("www.") {
        let before = lower[..at].chars().next_back();
        if before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_' | '@')) {
            found.extend(host_at(text, at));
        }
    }
    found
}

/// The host of the authority that begins here; `None` for a placeholder such as `<host>`, `${HOST}` or `…`.
fn host_at(text: &str, start: usize) -> Option<Range<usize>> {
    // A browser reads `\` as `/`, so the host ends there.
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '/' | '\\' | '?' | '#' | '"' | '\'' | '`' | '<' | '>' | ')' | ']' | '|' | ',' | ';' | '*'
            )
    };
    let rest = &text[start..];
    let bracketed = rest
        .rfind('@')
        .filter(|at| !rest[..*at].contains(ends))
        .map_or(0, |at| at + 1);
    if let Some(inner) = rest[bracketed..].strip_prefix('[') {
        let length = inner.find(']')?;
        return Some(start + bracketed + 1..start + bracketed + 1 + length);
    }
    let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let from = authority.rfind('@').map_or(0, |at| at + 1);
    let host = &authority[from..];
    let host = &host[..host.find(':').unwrap_or(host.len())];
    let host = host.trim_end_matches(['.', '!', '_', '}']);
    let written = host.contains(char::is_alphanumeric) && !host.contains(['$', '{', '}', '…']);
    written.then(|| start + from..start + from + host.len())
}

fn is_known(host: &str, known: &[&str]) -> bool {
    known.iter().chain(WELL_KNOWN).any(|name| {
        let name = name.trim_start_matches("*.").trim_matches('.').to_lowercase();
        !name.is_empty()
            && host
                .strip_suffix(&name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn is_local(host: &str) -> bool {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_loopback()
            || address.is_private()
            || address.is_documentation()
            || address.is_unspecified();
    }
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return address.is_loopback() || address.is_unspecified();
    }
    match host.rsplit_once('.') {
        Some((_, last)) => LOCAL.contains(&last),
        // A single name belongs to the local network, unless it is a number, which browsers read as an address.
        None => LOCAL.contains(&host) || !host.starts_with(|c: char| c.is_ascii_digit()),
    }
}

fn is_mixed(host: &str) -> bool {
    let mut scripts = host
        .chars()
        .map(|c| c.script())
        .filter(|script| !matches!(script, Script::Common | Script::Inherited));
    scripts
        .next()
        .is_some_and(|first| scripts.any(|other| other != first))
}
