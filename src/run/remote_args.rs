//! The arguments of commands that use GitHub: the cache folder, the end of the run, the store's commit, and a part of the targets.
//!
//! Input: words of the command line. Output: [`RemoteArgs`]. Not here: the environment's variables (`github_access`).

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// The arguments of commands that use GitHub.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "On GitHub")]
pub struct RemoteArgs {
    /// The folder that keeps listings of repositories between runs [default: the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Start no new target after this time: 50m, 90s, 2h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub until: Option<Duration>,

    /// Read the store from this commit of its repository, and ignore uncommitted changes in its folder
    #[arg(long, value_name = "SHA", help_heading = "The store")]
    pub from_commit: Option<String>,

    /// Only a stable part of the targets: 2/5 is the second of five parts
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
}

/// A stable part of the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The number of the part, from 1.
    pub part: usize,
    /// The number of parts.
    pub of: usize,
}

impl Shard {
    /// Whether a target is in this part. A hash of its name decides, so that a new target does not move the others.
    pub fn contains(&self, name: &str) -> bool {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(name.to_lowercase());
        let number = digest
            .iter()
            .take(8)
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        usize::try_from(number % self.of as u64).unwrap_or(0) + 1 == self.part
    }
}

/// Parses a duration: `90s`, `50m`, `2h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let message = || match text.parse::<u64>() {
        Ok(number) => format!("`{text}` has no unit: write {number}s, {number}m or {number}h"),
        Err(_) => format!("`{text}` is not a duration: write 90s, 50m or 2h"),
    };
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().map_err(|_| message())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(message()),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

/// A part of the targets, as `--shard` takes it.
pub fn shard(text: &str) -> Result<Shard, String> {
    let parts = text
        .split_once('/')
        .and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((part, of)) if part >= 1 && part <= of => Ok(Shard { part, of }),
        _ => Err(format!(
            "`{text}` is not a part: write 2/5 for the second of five"
        )),
    }
}
