//! Reads what a few files of a repository on GitHub held earlier.
//!
//! Input: a repository, a commit and paths. Output: [`EarlierStates`]. Not here: what the files contain.

use serde::Deserialize;
use serde_json::Value;

use super::GithubConnection;
use super::error::GithubError;
use super::pr_history::QueryPart;
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::EarlierStates;
use lessonbook_base::tree::{LARGEST, Mode, Tree};

/// The most states of a file that are read, each with its text.
const STATES: usize = 40;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileHistory {
    page_info: PageEnd,
    #[serde(default)]
    nodes: Vec<Option<FileState>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageEnd {
    has_next_page: bool,
}

#[derive(Deserialize)]
struct FileState {
    file: Option<FileNode>,
}

#[derive(Deserialize)]
struct FileNode {
    object: Option<BlobNode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlobNode {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    is_truncated: bool,
}

impl GithubConnection {
    /// The states of these files, newest first, in one query.
    pub async fn file_states(
        &self,
        name: &str,
        commit: &str,
        paths: &[String],
    ) -> Result<EarlierStates, Finding> {
        let mut variables = vec![("c".to_owned(), "GitObjectID!", Value::from(commit))];
        let mut fields = "object(oid: $c) { ... on Commit {".to_owned();
        for (nth, path) in paths.iter().enumerate() {
            variables.push((format!("p{nth}"), "String!", Value::from(path.as_str())));
            fields.push_str(&format!(
                " p{nth}: history(first: {STATES}, path: $p{nth}) {{ pageInfo {{ hasNextPage }} nodes {{ \
                 file(path: $p{nth}) {{ object {{ ... on Blob {{ text isTruncated }} }} }} }} }}"
            ));
        }
        fields.push_str(" } }");
        let part = QueryPart {
            at: 0,
            name: name.to_owned(),
            fields,
            variables,
        };
        let mut answers = self.in_parts(vec![part], 1, "contents: read").await;
        let unread = |what: &str| GithubError::Down(what.to_owned()).finding(name);
        let answer = answers
            .remove(&0)
            .ok_or_else(|| unread("the response does not contain the repository"))?
            .map_err(|refusal| refusal.finding(name))?;
        let mut states = EarlierStates::default();
        for (nth, path) in paths.iter().enumerate() {
            let history = answer
                .pointer(&format!("/object/p{nth}"))
                .ok_or_else(|| unread("the response does not contain the history of a file"))?;
            let history: FileHistory = serde_json::from_value(history.clone())
                .map_err(|error| unread(&format!("the response can't be parsed: {error}")))?;
            states.is_cut |= history.page_info.has_next_page;
            let blobs = history.nodes.into_iter().flatten();
            let blobs = blobs.filter_map(|state| state.file.and_then(|file| file.object));
            for blob in blobs {
                let mut tree = Tree::new();
                match blob
                    .text
                    .filter(|text| !blob.is_truncated && text.len() <= LARGEST)
                {
                    Some(text) => tree.load(path, Mode::File, text.into_bytes()),
                    None => tree.list(path, Mode::File),
                }
                states.trees.push(tree);
            }
        }
        Ok(states)
    }
}
