//! The objects of a query: parts of the state that have a GraphQL type.
//!
//! It defines the values that the other parts pass to each other, with their types and node ids. Not here: fields.

use serde_json::{Map, Value};

use super::super::git::Entry;
use super::super::state::State;

/// An object with fields.
#[derive(Debug, Clone)]
pub enum Thing {
    /// The beginning of a query.
    Query,
    /// The beginning of a mutation.
    Mutation,
    /// A repository.
    Repo(u64),
    /// A person, a bot or an organization, by login; the flag is set if it is shown as an actor.
    Account(String, bool),
    /// A ref by its whole name.
    Ref(u64, String),
    /// A commit.
    Commit(u64, String),
    /// A tree.
    Tree(u64, String),
    /// A blob.
    Blob(u64, String),
    /// An entry of a tree.
    Entry(u64, Entry),
    /// The author (if the flag is set) or committer of a commit.
    GitActor(u64, String, bool),
    /// A pull request.
    Pull(u64, u64),
    /// An issue.
    Issue(u64, u64),
    /// A commit of a pull request.
    PullCommit(u64, String),
    /// A label.
    Label(u64, String),
    /// A comment: repository, issue, its own number.
    Comment(u64, u64, u64),
    /// A review: repository, pull request, place.
    Review(u64, u64, usize),
    /// An event: repository, issue, place.
    Event(u64, u64, usize),
    /// A topic of a repository.
    RepositoryTopic(String),
    /// A topic.
    Topic(String),
    /// A part of a list.
    Connection(Connection),
    /// One of a list.
    Edge(&'static str, Box<Thing>, usize),
    /// Values that are already computed.
    Plain(&'static str, Vec<(&'static str, Node)>),
}

/// A part of a list, as requested.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its type's name, and that of its edges.
    pub types: (&'static str, &'static str),
    /// The objects that are shown.
    pub shown: Vec<Thing>,
    /// The index of the first one shown.
    pub from: usize,
    /// How many there are.
    pub total: usize,
}

/// A field's value.
#[derive(Debug, Clone)]
pub enum Node {
    /// Nothing.
    Null,
    /// A scalar, or a list of them.
    Leaf(Value),
    /// An object with fields.
    One(Thing),
    /// Many of them.
    Many(Vec<Node>),
}

impl<T: Into<Value>> From<T> for Node {
    fn from(value: T) -> Self {
        match value.into() {
            Value::Null => Node::Null,
            value => Node::Leaf(value),
        }
    }
}

impl Node {
    /// Something, or nothing.
    pub fn maybe(thing: Option<Thing>) -> Self {
        thing.map_or(Node::Null, Node::One)
    }
}

/// The error of a field.
#[derive(Debug, Clone)]
pub struct Problem {
    /// `NOT_FOUND` and the like.
    pub kind: Option<&'static str>,
    /// The text.
    pub message: String,
}

/// A problem with a type.
pub fn problem(kind: &'static str, message: impl Into<String>) -> Problem {
    Problem {
        kind: Some(kind),
        message: message.into(),
    }
}

/// A field's value, or its error.
pub type Found = Result<Node, Problem>;

/// A field's arguments.
pub type Arguments = Map<String, Value>;

/// The name of an object's type.
pub fn type_of(state: &State, thing: &Thing) -> &'static str {
    match thing {
        Thing::Query => "Query",
        Thing::Mutation => "Mutation",
        Thing::Repo(_) => "Repository",
        Thing::Account(login, _) => state.account(login).map_or("User", |account| account.kind),
        Thing::Ref(..) => "Ref",
        Thing::Commit(..) => "Commit",
        Thing::Tree(..) => "Tree",
        Thing::Blob(..) => "Blob",
        Thing::Entry(..) => "TreeEntry",
        Thing::GitActor(..) => "GitActor",
        Thing::Pull(..) => "PullRequest",
        Thing::Issue(..) => "Issue",
        Thing::PullCommit(..) => "PullRequestCommit",
        Thing::Label(..) => "Label",
        Thing::Comment(..) => "IssueComment",
        Thing::Review(..) => "PullRequestReview",
        Thing::Event(repo, number, place) => state.repo(*repo).issues[number].events[*place].kind,
        Thing::RepositoryTopic(_) => "RepositoryTopic",
        Thing::Topic(_) => "Topic",
        Thing::Connection(connection) => connection.types.0,
        Thing::Edge(name, ..) | Thing::Plain(name, _) => name,
    }
}

/// An object's node id.
pub fn id_of(thing: &Thing) -> String {
    match thing {
        Thing::Repo(repo) => format!("R_{repo}"),
        Thing::Account(login, _) => format!("U_{login}"),
        Thing::Ref(repo, name) => format!("REF_{repo}_{name}"),
        Thing::Commit(repo, oid) => format!("C_{repo}_{oid}"),
        Thing::Tree(repo, oid) => format!("T_{repo}_{oid}"),
        Thing::Blob(repo, oid) => format!("B_{repo}_{oid}"),
        Thing::Pull(repo, number) => format!("PR_{repo}_{number}"),
        Thing::Issue(repo, number) => format!("I_{repo}_{number}"),
        Thing::Label(repo, name) => format!("LA_{repo}_{name}"),
        Thing::Comment(_, _, id) => format!("IC_{id}"),
        other => format!("X_{other:?}"),
    }
}

/// The object with a node id.
pub fn by_id(state: &State, id: &str) -> Option<Thing> {
    let (kind, rest) = id.split_once('_')?;
    if kind == "U" {
        return state
            .account(rest)
            .map(|account| Thing::Account(account.login.clone(), false));
    }
    let (repo, rest) = rest.split_once('_').unwrap_or((rest, ""));
    let repo = repo.parse().ok().filter(|repo| state.repos.contains_key(repo))?;
    let number = || {
        rest.parse()
            .ok()
            .filter(|number| state.repo(repo).issues.contains_key(number))
    };
    match kind {
        "R" => Some(Thing::Repo(repo)),
        "REF" => state
            .repo(repo)
            .refs
            .contains_key(rest)
            .then(|| Thing::Ref(repo, rest.to_owned())),
        "C" => state
            .repo(repo)
            .git
            .is_commit(rest)
            .then(|| Thing::Commit(repo, rest.to_owned())),
        "PR" => Some(Thing::Pull(repo, number()?)),
        "I" => Some(Thing::Issue(repo, number()?)),
        _ => None,
    }
}
