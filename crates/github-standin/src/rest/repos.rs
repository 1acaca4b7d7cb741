//! A repository's settings, branches, rules and properties; and the redirect from its old name.
//!
//! Input: a request below it. Output: its settings. Not here: contents, issues, pull requests.

use serde_json::{Value, json};

use super::super::answer::{Answer, Rest, list, not_found, ok, refuse, with};
use super::super::moves::rulesets_for;
use super::super::request::{Asked, encoded};
use super::super::state::{Protection, Repo, Role, Rule, Ruleset, State};
use super::{shape, unknown};

/// The redirect from an old name: 301 for GET, 307 for other methods.
pub fn redirect(state: &State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    let mut below = String::new();
    for part in path {
        below.push('/');
        below.push_str(&encoded(part));
    }
    let query: Vec<String> = asked
        .query
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let url = format!("{}/repositories/{repo}{below}{query}", state.api);
    let status = if asked.method == "GET" { 301 } else { 307 };
    let word = if status == 301 {
        "Moved Permanently"
    } else {
        "Temporary Redirect"
    };
    let mut answer = with(
        status,
        json!({ "message": word, "url": url, "documentation_url": "https://docs.github.com/rest" }),
    );
    answer.headers.push(("location", url));
    Ok(answer)
}

/// Answers below the repository.
pub fn answer(state: &mut State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    let caller = asked.caller.as_ref();
    match (asked.method, path) {
        ("GET", []) => {
            if state.repo(repo).disabled {
                return Err(refuse(403, "Repository access blocked"));
            }
            Ok(ok(shape::repo(state, state.repo(repo), caller)))
        }
        ("PATCH", []) => {
            state.may(caller, repo, "administration", Role::Write)?;
            patch(state, asked, repo);
            Ok(ok(shape::repo(state, state.repo(repo), caller)))
        }
        ("GET", ["topics"]) => Ok(ok(json!({ "names": state.repo(repo).topics }))),
        ("GET", ["properties", "values"]) => Ok(list(properties(state.repo(repo)))),
        ("GET", ["collaborators", login, "permission"]) => {
            let role = state.role(login, repo);
            let word = match role {
                Role::None => "none",
                Role::Read | Role::Triage => "read",
                Role::Write | Role::Maintain => "write",
                Role::Admin => "admin",
            };
            Ok(ok(
                json!({ "permission": word, "role_name": format!("{role:?}").to_lowercase(), "user": shape::user(state, login) }),
            ))
        }
        ("GET", ["branches"]) => {
            state.may(caller, repo, "contents", Role::Read)?;
            let held = state.repo(repo);
            let names = held
                .refs
                .keys()
                .filter_map(|name| name.strip_prefix("refs/heads/"));
            Ok(list(names.map(|name| branch(state, held, name)).collect()))
        }
        ("GET", ["branches", name @ .., "protection"]) => {
            state.may(caller, repo, "administration", Role::Read)?;
            let name = name.join("/");
            let held = state.repo(repo);
            if held.branch(&name).is_none() {
                return Err(refuse(404, "Branch not found"));
            }
            // Rulesets are not shown here.
            let found = held
                .protection(&name)
                .map(|(_, found)| found)
                .ok_or_else(|| refuse(404, "Branch not protected"))?;
            Ok(ok(protection(found)))
        }
        ("GET", ["branches", name @ ..]) => {
            state.may(caller, repo, "contents", Role::Read)?;
            let (held, name) = (state.repo(repo), name.join("/"));
            if held.branch(&name).is_none() {
                return Err(refuse(404, "Branch not found"));
            }
            Ok(ok(branch(state, held, &name)))
        }
        ("GET", ["rules", "branches", name @ ..]) => {
            state.may(caller, repo, "metadata", Role::Read)?;
            let (held, name) = (state.repo(repo), format!("refs/heads/{}", name.join("/")));
            // Also rules that the caller may bypass.
            let sets = rulesets_for(held, &name, "");
            Ok(list(
                sets.flat_map(|set| set.rules.iter().map(|rule| shown_rule(held, set, rule)))
                    .filter(|rule| !rule.is_null())
                    .collect(),
            ))
        }
        ("GET", ["rulesets", id]) => {
            state.may(caller, repo, "metadata", Role::Read)?;
            let held = state.repo(repo);
            let set = held.rulesets.iter().find(|set| set.id.to_string() == *id);
            let set = set.ok_or_else(not_found)?;
            let (kind, source) = source(held, set);
            let bypass = if set.bypass.contains(&asked.login()) {
                "always"
            } else {
                "never"
            };
            Ok(ok(json!({
                "id": set.id, "name": set.name, "target": "branch", "source_type": kind, "source": source, "enforcement": set.enforcement,
                "current_user_can_bypass": bypass, "rules": [],
            })))
        }
        ("GET", ["rulesets"]) => {
            let held = state.repo(repo);
            let shown = |set: &Ruleset| {
                json!({
                    "id": set.id, "name": set.name, "target": "branch", "source_type": source(held, set).0, "source": source(held, set).1,
                    "enforcement": set.enforcement,
                })
            };
            Ok(list(held.rulesets.iter().map(shown).collect()))
        }
        _ => unknown(state, asked),
    }
}

fn patch(state: &mut State, asked: &Asked<'_>, repo: u64) {
    let held = state.repo_mut(repo);
    if let Some(archived) = asked.body["archived"].as_bool() {
        held.archived = archived;
    }
    if let Some(delete) = asked.body["delete_branch_on_merge"].as_bool() {
        held.delete_merged = delete;
    }
    if let Some(branch) = asked
        .text("default_branch")
        .filter(|branch| held.branch(branch).is_some())
    {
        held.git.set_head(branch);
        branch.clone_into(&mut held.default_branch);
    }
    if let Some(name) = asked.text("name") {
        name.clone_into(&mut held.name);
        let full_name = held.full_name().to_lowercase();
        state.names.insert(full_name, repo);
    }
}

/// The list of custom properties.
pub fn properties(repo: &Repo) -> Vec<Value> {
    repo.properties
        .iter()
        .map(|(name, value)| json!({ "property_name": name, "value": value }))
        .collect()
}

fn branch(state: &State, repo: &Repo, name: &str) -> Value {
    let oid = repo.branch(name).expect("a branch");
    json!({
        "name": name, "commit": shape::commit(state, repo, oid), "protected": repo.protection(name).is_some(),
        "protection": { "enabled": repo.protection(name).is_some() },
        "protection_url": format!("{}/repos/{}/branches/{name}/protection", state.api, repo.full_name()), "_links": { "self": "", "html": "" },
    })
}

fn protection(protection: &Protection) -> Value {
    let mut value = json!({
        "enforce_admins": { "enabled": protection.admins }, "allow_force_pushes": { "enabled": false }, "allow_deletions": { "enabled": false },
    });
    if let Some(approvals) = protection.approvals {
        value["required_pull_request_reviews"] = json!({
            "required_approving_review_count": approvals, "dismiss_stale_reviews": protection.dismiss_stale,
            "require_code_owner_reviews": protection.code_owners, "require_last_push_approval": false,
        });
    }
    if protection.strict {
        value["required_status_checks"] = json!({ "strict": true, "contexts": [], "checks": [] });
    }
    value
}

/// The owner of a ruleset.
fn source(repo: &Repo, set: &Ruleset) -> (&'static str, String) {
    if set.of_owner {
        ("Organization", repo.owner.clone())
    } else {
        ("Repository", repo.full_name())
    }
}

fn shown_rule(repo: &Repo, set: &Ruleset, rule: &Rule) -> Value {
    let (kind, parameters) = match rule {
        Rule::Creation => ("creation", None),
        Rule::Update => ("update", None),
        Rule::Deletion => ("deletion", None),
        Rule::NonFastForward => ("non_fast_forward", None),
        Rule::PullRequest { approvals } => (
            "pull_request",
            Some(json!({
                "required_approving_review_count": approvals, "dismiss_stale_reviews_on_push": false, "require_code_owner_review": false,
                "require_last_push_approval": false, "required_review_thread_resolution": false,
            })),
        ),
        Rule::Signatures => ("required_signatures", None),
        Rule::LinearHistory => ("required_linear_history", None),
        Rule::MergeQueue => ("merge_queue", Some(json!({ "merge_method": "SQUASH" }))),
        Rule::StatusChecks { free_on_create } => (
            "required_status_checks",
            Some(json!({
                "do_not_enforce_on_create": free_on_create, "required_status_checks": [{ "context": "build" }],
                "strict_required_status_checks_policy": false,
            })),
        ),
        Rule::Message { starts_with } => (
            "commit_message_pattern",
            Some(json!({ "operator": "starts_with", "pattern": starts_with, "negate": false, "name": "" })),
        ),
        Rule::AuthorEmail { ends_with } => (
            "commit_author_email_pattern",
            Some(json!({ "operator": "ends_with", "pattern": ends_with, "negate": false, "name": "" })),
        ),
        Rule::Extension { ending } => (
            "file_extension_restriction",
            Some(json!({ "restricted_file_extensions": [ending] })),
        ),
        // Push protection is not among the listed rules.
        Rule::Secret { .. } => return Value::Null,
        Rule::BranchName { starts_with } => (
            "branch_name_pattern",
            Some(json!({ "operator": "starts_with", "pattern": starts_with, "negate": false, "name": "" })),
        ),
        Rule::FilePath { starts_with } => (
            "file_path_restriction",
            Some(json!({ "restricted_file_paths": [format!("{starts_with}**/*")] })),
        ),
    };
    let (of, source) = source(repo, set);
    let mut value =
        json!({ "type": kind, "ruleset_source_type": of, "ruleset_source": source, "ruleset_id": set.id });
    if let Some(parameters) = parameters {
        value["parameters"] = parameters;
    }
    value
}

/// Whether an account exists.
pub fn known(state: &State, login: &str) -> Result<(), Answer> {
    state.account(login).map(|_| ()).ok_or_else(not_found)
}
