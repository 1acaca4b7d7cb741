//! Lists every path of a tree.
//!
//! Input: the id of a tree. Output: its listing, from the cache or with one request. A listing that GitHub cuts (at 100,000
//! entries or 7 MB) is completed folder by folder. Not here: content (`fetch_missing`).

use serde::Deserialize;

use lessonbook_store::Visibility;

use super::GithubConnection;
use super::client::{GithubCall, of_repository, owner, part};
use super::error::GithubError;
use super::parse_repository::mode;
use super::tree_id::CachedPath;

/// The most folders that are read one by one to complete a listing that GitHub cut.
const FOLDERS: usize = 2_000;

#[derive(Deserialize)]
struct TreeShown {
    #[serde(default)]
    tree: Vec<ListingEntry>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct ListingEntry {
    path: String,
    mode: String,
    sha: String,
}

/// A folder that is not listed yet.
struct OpenFolder {
    prefix: String,
    oid: String,
    deep: bool,
}

impl GithubConnection {
    /// Every path below a tree of a repository with this visibility.
    pub(super) async fn listing(
        &self,
        name: &str,
        oid: &str,
        seen_by: Visibility,
    ) -> Result<Vec<CachedPath>, GithubError> {
        if let Some(listing) = self.cache.listing(oid) {
            return Ok(listing);
        }
        let mut listing = Vec::new();
        let mut open = vec![OpenFolder {
            prefix: String::new(),
            oid: oid.to_owned(),
            deep: true,
        }];
        let mut listed = 0;
        while let Some(folder) = open.pop() {
            listed += 1;
            if listed > FOLDERS {
                return Err(GithubError::TooLarge(
                    "a repository with too many files to list".into(),
                ));
            }
            let shown = self.folder_entries(name, &folder).await?;
            if folder.deep && shown.truncated {
                // The order of a cut listing does not show what is missing. So only this folder's own entries are listed, and each of
                // its folders is listed recursively.
                open.push(OpenFolder {
                    deep: false,
                    ..folder
                });
                continue;
            }
            if shown.truncated {
                return Err(GithubError::TooLarge(
                    "a folder with too many files to list".into(),
                ));
            }
            for entry in shown.tree {
                let path = format!("{}{}", folder.prefix, entry.path);
                let number = u32::from_str_radix(&entry.mode, 8).unwrap_or_default();
                match mode(number) {
                    Some(mode) => listing.push(CachedPath {
                        path,
                        mode,
                        oid: entry.sha,
                    }),
                    None if folder.deep => {} // its files are in the same listing
                    None => open.push(OpenFolder {
                        prefix: format!("{path}/"),
                        oid: entry.sha,
                        deep: true,
                    }),
                }
            }
        }
        listing.sort_by(|a, b| a.path.cmp(&b.path));
        self.cache.keep_listing(oid, &listing, seen_by);
        Ok(listing)
    }

    async fn folder_entries(&self, name: &str, folder: &OpenFolder) -> Result<TreeShown, GithubError> {
        let query = if folder.deep { "?recursive=1" } else { "" };
        let rest = format!("/git/trees/{}{query}", part(&folder.oid));
        let call = GithubCall::get(owner(name), of_repository(name, &rest), "contents: read");
        let answer = self.client.read(&call, 3).await?;
        answer.json().map_err(GithubError::Down)
    }
}
