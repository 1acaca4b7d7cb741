//! The texts of GraphQL queries.
//!
//! Input: the files to read. Output: a query's text; values from users are passed as variables. Not here: sending (`client`) and
//! the types of the responses (`graphql_types`).
//!
//! `Commit.file` returns mode, id and text of a path at one commit. It is not a connection, so a batch of 50 repositories
//! costs only a few of the 5,000 points an hour.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::target_request::TargetRequest;
use lessonbook_base::git_rules::{FILES, rule_files};
use lessonbook_pipeline::check_level::{WORKFLOW_ENDINGS, WORKFLOW_FOLDER};
use lessonbook_pipeline::custom_agents::{ENDING, FOLDER};
use lessonbook_store::ChecksFile;

/// The file with a target's own settings.
pub(super) const OVERRIDES: &str = ".github/lessonbook.yaml";

/// The files of a repository that a run reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedFiles {
    /// Single files whose text is read.
    pub single: Vec<String>,
    /// Folders of families, each with a file ending: the text of matching files in them and in their subfolders is read.
    pub families: Vec<(String, String)>,
    /// Other folders that hold one of these files, or a file that would shadow one: only names are read. The root is always
    /// listed.
    pub folders: Vec<String>,
    /// Files with git's rules below the root: their content is read if a listing shows that they exist. Those in the root are in
    /// `single`, because nearly every repository has them.
    pub rules: Vec<String>,
}

impl WantedFiles {
    /// The files that a target's entry points need, the checks file of its store, and its workflows and custom agents if they are asked
    /// for.
    pub fn new(request: &TargetRequest<'_>) -> Self {
        let TargetRequest {
            rows,
            store_name,
            workflows,
            custom_agents,
            ..
        } = *request;
        let checks = ChecksFile::path_for(store_name);
        let mut single = BTreeSet::from([OVERRIDES.to_owned()]);
        let mut rules = BTreeSet::new();
        let mut families = BTreeSet::new();
        let mut folders = BTreeSet::new();
        for row in rows {
            let inside = format!("{}/", row.place());
            let inside = if row.family().is_some() {
                &inside
            } else {
                row.place()
            };
            for path in FILES.iter().flat_map(|name| rule_files(inside, name)) {
                let at_root = !path.contains('/');
                if at_root { &mut single } else { &mut rules }.insert(path);
            }
            match row.family() {
                Some((folder, ending)) => {
                    above(folder, &mut folders);
                    families.insert((folder.to_owned(), ending.to_owned()));
                }
                None => drop(single.insert(row.path.clone())),
            }
            for reader in &row.assistants {
                reader
                    .shadowed_by
                    .iter()
                    .for_each(|path| above(path, &mut folders));
            }
        }
        for path in FILES.iter().flat_map(|name| rule_files(&checks, name)) {
            let at_root = !path.contains('/');
            if at_root { &mut single } else { &mut rules }.insert(path);
        }
        single.insert(checks);
        if workflows {
            above(WORKFLOW_FOLDER, &mut folders);
            let endings = WORKFLOW_ENDINGS.iter();
            families.extend(endings.map(|ending| (WORKFLOW_FOLDER.to_owned(), (*ending).to_owned())));
        }
        if custom_agents {
            above(FOLDER, &mut folders);
            families.insert((FOLDER.to_owned(), ENDING.to_owned()));
        }
        for path in &single {
            above(path, &mut folders);
        }
        WantedFiles {
            single: single.into_iter().collect(),
            folders: folders
                .into_iter()
                .filter(|folder| !families.iter().any(|(family, _)| family == folder))
                .collect(),
            families: families.into_iter().collect(),
            rules: rules.into_iter().collect(),
        }
    }

    /// Whether the content of a path is read.
    pub fn wants(&self, path: &str) -> bool {
        self.single.iter().chain(&self.rules).any(|read| read == path)
            || self.families.iter().any(|(folder, ending)| {
                let rest = path.strip_prefix(folder.as_str());
                rest.is_some_and(|rest| rest.starts_with('/') && rest.ends_with(ending))
            })
    }

    /// The folders of families, without duplicates.
    pub fn family_folders(&self) -> Vec<&str> {
        let folders: BTreeSet<&str> = self.families.iter().map(|(folder, _)| folder.as_str()).collect();
        folders.into_iter().collect()
    }
}

/// The folders above a path, without the root.
fn above(path: &str, folders: &mut BTreeSet<String>) {
    for (at, _) in path.match_indices('/') {
        folders.insert(path[..at].to_owned());
    }
}

/// A repository in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RepositoryQuery {
    /// `owner/name`.
    pub name: String,
    /// The base branch, if the store sets it.
    pub base: Option<String>,
}

/// One query for a batch of repositories. The response has them as `r0`, `r1`, ….
pub(super) fn batch(
    repositories: &[RepositoryQuery],
    files: &WantedFiles,
    branch: &str,
) -> (String, serde_json::Value) {
    let mut declared = String::from("$branch: String!, $ours: String!");
    let mut parts = String::new();
    let mut variables = serde_json::Map::new();
    variables.insert("branch".into(), branch.into());
    variables.insert("ours".into(), format!("refs/heads/{branch}").into());
    for (at, one) in repositories.iter().enumerate() {
        let (owner, name) = one.name.split_once('/').unwrap_or((&one.name, ""));
        let _ = write!(declared, ", $o{at}: String!, $n{at}: String!");
        variables.insert(format!("o{at}"), owner.into());
        variables.insert(format!("n{at}"), name.into());
        let base = match &one.base {
            Some(base) => {
                let _ = write!(declared, ", $b{at}: String!");
                variables.insert(format!("b{at}"), format!("refs/heads/{base}").into());
                format!("ref(qualifiedName: $b{at})")
            }
            None => "defaultBranchRef".into(),
        };
        let _ = writeln!(
            parts,
            "  r{at}: repository(owner: $o{at}, name: $n{at}) {{ ...Repo base: {base} {{ ...Base }} }}"
        );
    }
    let query = format!(
        "query({declared}) {{\n{parts}}}\n{REPOSITORY}{PULL}{}",
        files_fragment(files)
    );
    (query, variables.into())
}

const REPOSITORY: &str = "fragment Repo on Repository {
  id nameWithOwner isArchived isDisabled isEmpty isFork visibility viewerPermission
  repositoryTopics(first: 50) { nodes { topic { name } } }
  defaultBranchRef { name }
  ours: ref(qualifiedName: $ours) { target { ...Files } }
  pullRequests(headRefName: $branch, first: 3, orderBy: { field: CREATED_AT, direction: DESC }) {
    totalCount nodes { ...Pull }
  }
}
fragment Base on Ref {
  name target { ...Files }
  compare(headRef: $branch) { aheadBy commits(first: 100) { nodes {
    oid message tree { oid } parents(first: 3) { nodes { oid } } author { name email } committer { name email }
  } } }
}
fragment Text on Blob { text isTruncated byteSize }
";

const PULL: &str = "fragment Pull on PullRequest {
  id number url state isDraft title body baseRefName headRefOid isCrossRepository createdAt closedAt
  mergeable reviewDecision isInMergeQueue locked
  autoMergeRequest { enabledAt }
  labels(first: 100) { nodes { name } }
  latestOpinionatedReviews(first: 20, writersOnly: true) { nodes { state author { login } } }
  reviewRequests(first: 50) { nodes { requestedReviewer { ... on User { login } ... on Team { slug } } } }
  assignees(first: 20) { nodes { login } }
  labeled: timelineItems(last: 20, itemTypes: [LABELED_EVENT]) { nodes { ... on LabeledEvent { createdAt label { name } } } }
  files(first: 100) { totalCount nodes { path } }
  timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { actor { login } } } }
}
";

fn files_fragment(files: &WantedFiles) -> String {
    const ENTRY: &str = "name mode oid";
    let mut out =
        format!("fragment Files on Commit {{\n  oid committedDate tree {{ oid entries {{ {ENTRY} }} }}\n");
    let mut file = |alias: String, path: &str, object: &str| {
        // A JSON string is a GraphQL string, too.
        let path = serde_json::Value::from(path);
        let _ = writeln!(
            out,
            "  {alias}: file(path: {path}) {{ mode oid object {{ {object} }} }}"
        );
    };
    for (at, path) in files.single.iter().enumerate() {
        file(format!("s{at}"), path, "...Text");
    }
    for (at, folder) in files.family_folders().into_iter().enumerate() {
        let inner = format!("entries {{ {ENTRY} object {{ ...Text }} }}");
        let outer = format!("entries {{ {ENTRY} object {{ ...Text ... on Tree {{ {inner} }} }} }}");
        file(format!("f{at}"), folder, &format!("... on Tree {{ {outer} }}"));
    }
    for (at, folder) in files.folders.iter().enumerate() {
        file(
            format!("d{at}"),
            folder,
            &format!("... on Tree {{ entries {{ {ENTRY} }} }}"),
        );
    }
    out.push_str("}\n");
    out
}

/// A query for the text of blobs by their ids. The response has them as `b0`, `b1`, ….
pub(super) fn blobs(ids: &[&str]) -> String {
    let mut out =
        String::from("query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {\n");
    for (at, id) in ids.iter().enumerate() {
        let id = serde_json::Value::from(*id);
        let _ = writeln!(
            out,
            "  b{at}: object(oid: {id}) {{ ... on Blob {{ text isTruncated byteSize }} }}"
        );
    }
    out.push_str("} }\n");
    out
}

/// A query for one pull request by its number.
pub(super) fn pull() -> String {
    format!(
        "query($owner: String!, $name: String!, $number: Int!) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{ ...Pull }} }}
}}
{PULL}"
    )
}

/// A page of an owner's repositories.
pub(super) const DISCOVER: &str = "query($login: String!, $after: String) {
  repositoryOwner(login: $login) {
    login
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER], orderBy: { field: NAME, direction: ASC }) {
      pageInfo { hasNextPage endCursor }
      nodes {
        nameWithOwner isArchived isDisabled isEmpty isFork visibility
        repositoryTopics(first: 50) { nodes { topic { name } } }
      }
    }
  }
}
";

/// A page of a pull request's comments, newest first.
pub(super) const COMMENTS: &str = "query($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(last: 100, before: $before) {
        pageInfo { hasPreviousPage startCursor }
        nodes { databaseId body viewerDidAuthor }
      }
    }
  }
}
";

/// Moves or deletes a branch, if it did not move since it was read.
pub(super) const MOVE: &str =
    "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";

/// Creates a signed commit on a branch, if it did not move since it was read.
pub(super) const COMMIT: &str = "mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
";

/// The branch protection rule (not a ruleset) of an existing branch, as everyone who can push sees it.
pub(super) const PROTECTION: &str = "query($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $branch) {
      refUpdateRule {
        pattern viewerCanPush allowsForcePushes allowsDeletions requiresSignatures requiredApprovingReviewCount
        requiredStatusCheckContexts
      }
    }
  }
}
";

/// The CODEOWNERS files of a repository, at `HEAD` of its default branch.
pub(super) const OWNERS: &str = "query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    viewerPermission
    defaultBranchRef { name }
    a: object(expression: \"HEAD:.github/CODEOWNERS\") { ... on Blob { text } }
    b: object(expression: \"HEAD:CODEOWNERS\") { ... on Blob { text } }
    c: object(expression: \"HEAD:docs/CODEOWNERS\") { ... on Blob { text } }
  }
}
";
