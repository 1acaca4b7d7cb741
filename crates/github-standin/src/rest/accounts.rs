//! Requests outside repositories: accounts and their lists, Apps and their tokens, limits.
//!
//! Input: a request to one of these. Output: accounts, lists and tokens. Not here: checks of tokens (`auth.rs`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::answer::{Answer, Rest, created, list, list_below, not_found, ok, refuse};
use super::super::request::Asked;
use super::super::state::{Installation, Kind, Repo, Role, State, Token, time};
use super::repos::{known, properties};
use super::{shape, unknown};

/// Handles requests outside repositories.
pub fn answer(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Rest {
    match (asked.method, path) {
        ("GET", ["rate_limit"]) => Ok(ok(rate_limit(state, asked))),
        ("GET", ["meta"]) => Ok(ok(
            json!({ "verifiable_password_authentication": false, "installed_version": "3.19.0" }),
        )),
        ("GET", ["user"]) => match asked.caller.as_ref() {
            None => Err(refuse(401, "Requires authentication")),
            Some(Token {
                kind: Kind::Installation { .. } | Kind::App { .. },
                ..
            }) => Err(refuse(403, "Resource not accessible by integration")),
            Some(caller) => Ok(ok(shape::user(state, &caller.login))),
        },
        ("GET", ["user", "repos"]) => {
            let login = asked.login();
            let mine = |repo: &&Repo| {
                state.role(&login, repo.id) > Role::Read && state.sees(asked.caller.as_ref(), repo.id)
            };
            Ok(list(
                state
                    .repos
                    .values()
                    .filter(mine)
                    .map(|repo| shape::repo(state, repo, asked.caller.as_ref()))
                    .collect(),
            ))
        }
        ("GET", ["users" | "orgs", login]) => {
            known(state, login)?;
            Ok(ok(shape::user(state, login)))
        }
        ("GET", ["users" | "orgs", login, "repos"]) => {
            known(state, login)?;
            Ok(list(repositories(state, asked, login)))
        }
        ("GET", ["orgs", login, "properties", "values"]) => all_properties(state, asked, login),
        (_, ["app", ..] | ["installation", ..] | ["orgs" | "users", _, "installation"]) => {
            apps(state, asked, path)
        }
        _ => unknown(state, asked),
    }
}

fn repositories(state: &State, asked: &Asked<'_>, login: &str) -> Vec<Value> {
    let caller = asked.caller.as_ref();
    let wanted = |repo: &&Repo| match asked.query("type") {
        Some("private") => repo.visibility.word() == "private",
        Some("public") => repo.visibility.word() == "public",
        Some("forks") => repo.fork,
        Some("sources") => !repo.fork,
        _ => true,
    };
    let mut found: Vec<&Repo> = state
        .repos_of(login)
        .into_iter()
        .map(|id| state.repo(id))
        .filter(wanted)
        .collect();
    found.retain(|repo| state.sees(caller, repo.id));
    if asked.query("sort") == Some("full_name") {
        found.sort_by_key(|repo| repo.full_name());
    }
    found
        .into_iter()
        .map(|repo| shape::repo(state, repo, caller))
        .collect()
}

fn all_properties(state: &State, asked: &Asked<'_>, login: &str) -> Rest {
    known(state, login)?;
    let Some(caller) = asked.caller.as_ref() else {
        return Err(refuse(401, "Requires authentication"));
    };
    let allowed = match &caller.kind {
        Kind::Classic { scopes } => scopes.contains("read:org") || scopes.contains("admin:org"),
        _ => caller.permissions.contains_key("organization_custom_properties"),
    };
    if !allowed {
        return Err(match caller.kind {
            Kind::Classic { .. } => not_found(),
            Kind::FineGrained => refuse(403, "Resource not accessible by personal access token"),
            _ => refuse(403, "Resource not accessible by integration"),
        });
    }
    let seen = state
        .repos_of(login)
        .into_iter()
        .filter(|id| state.sees(Some(caller), *id))
        .map(|id| state.repo(id));
    let shown = seen.map(|repo| {
        json!({
            "repository_id": repo.id, "repository_name": repo.name, "repository_full_name": repo.full_name(), "properties": properties(repo),
        })
    });
    Ok(list(shown.collect()))
}

fn rate_limit(state: &State, asked: &Asked<'_>) -> Value {
    let (used, reset) = state
        .used
        .get(&asked.login())
        .copied()
        .unwrap_or((0, state.now() + 3600));
    let quota = state.settings.quota;
    let one =
        json!({ "limit": quota, "remaining": quota.saturating_sub(used), "reset": reset, "used": used });
    let search = json!({ "limit": 30, "remaining": 30, "reset": reset, "used": 0 });
    json!({ "resources": { "core": one, "graphql": one, "search": search }, "rate": one })
}

// ---- Apps.

fn app_of(asked: &Asked<'_>) -> Result<u64, Answer> {
    match asked.caller.as_ref().map(|caller| &caller.kind) {
        Some(Kind::App { app }) => Ok(*app),
        _ => Err(refuse(401, "A JSON web token could not be decoded")),
    }
}

fn apps(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Rest {
    match (asked.method, path) {
        ("GET", ["app"]) => {
            let app = &state.apps[&app_of(asked)?];
            let count = state
                .installations
                .values()
                .filter(|each| each.app == app.id)
                .count();
            Ok(ok(json!({
                "id": app.id, "slug": app.slug, "node_id": format!("A_{}", app.id), "name": app.slug, "owner": shape::user(state, "dana"),
                "html_url": format!("{}/apps/{}", state.web, app.slug), "external_url": state.web, "description": null, "events": [],
                "permissions": {}, "installations_count": count, "created_at": time(state.now()), "updated_at": time(state.now()),
            })))
        }
        ("GET", ["app", "installations"]) => {
            let app = app_of(asked)?;
            let mine = state.installations.values().filter(|each| each.app == app);
            Ok(list(mine.map(|each| installation(state, each)).collect()))
        }
        ("GET", ["app", "installations", id]) => {
            let found = own_installation(state, asked, id)?;
            Ok(ok(installation(state, found)))
        }
        ("POST", ["app", "installations", id, "access_tokens"]) => access_token(state, asked, id),
        ("GET", [kind @ ("orgs" | "users"), login, "installation"]) => {
            let app = app_of(asked)?;
            let is_organization = state
                .account(login)
                .is_some_and(|account| account.kind == "Organization");
            if is_organization != (*kind == "orgs") {
                return Err(not_found());
            }
            let found = state
                .installations
                .values()
                .find(|each| each.app == app && each.account.eq_ignore_ascii_case(login));
            Ok(ok(installation(state, found.ok_or_else(not_found)?)))
        }
        ("GET", ["installation", "repositories"]) => {
            let Some(
                caller @ Token {
                    kind: Kind::Installation { .. },
                    ..
                },
            ) = asked.caller.as_ref()
            else {
                return Err(refuse(
                    403,
                    "You must authenticate with an installation access token in order to list repositories for an installation.",
                ));
            };
            let held = state.repos.values().filter(|repo| state.holds(caller, repo.id));
            Ok(list_below(
                "repositories",
                held.map(|repo| shape::repo(state, repo, Some(caller))).collect(),
            ))
        }
        _ => unknown(state, asked),
    }
}

/// The installation of the calling App at a repository.
pub fn installation_of(state: &State, asked: &Asked<'_>, repo: u64) -> Rest {
    let app = app_of(asked)?;
    let held = state.repo(repo);
    let found = state.installations.values().find(|each| {
        each.app == app
            && each.account.eq_ignore_ascii_case(&held.owner)
            && each
                .repositories
                .as_ref()
                .is_none_or(|listed| listed.contains(&repo))
    });
    Ok(ok(installation(state, found.ok_or_else(not_found)?)))
}

fn own_installation<'a>(state: &'a State, asked: &Asked<'_>, id: &str) -> Result<&'a Installation, Answer> {
    let app = app_of(asked)?;
    let found = id.parse().ok().and_then(|id: u64| state.installations.get(&id));
    found.filter(|found| found.app == app).ok_or_else(not_found)
}

fn installation(state: &State, at: &Installation) -> Value {
    let api = &state.api;
    json!({
        "id": at.id, "account": shape::user(state, &at.account), "app_id": at.app, "app_slug": state.apps[&at.app].slug,
        "target_id": state.account(&at.account).map_or(0, |account| account.id), "target_type": "Organization", "permissions": words(&at.permissions),
        "events": [], "repository_selection": if at.repositories.is_some() { "selected" } else { "all" }, "single_file_name": null,
        "access_tokens_url": format!("{api}/app/installations/{}/access_tokens", at.id), "repositories_url": format!("{api}/installation/repositories"),
        "html_url": state.web, "created_at": time(state.now()), "updated_at": time(state.now()), "suspended_by": null, "suspended_at": null,
    })
}

fn words(permissions: &BTreeMap<String, Role>) -> Value {
    let word = |role: &Role| if *role >= Role::Write { "write" } else { "read" };
    permissions
        .iter()
        .map(|(name, role)| (name.clone(), Value::from(word(role))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn access_token(state: &mut State, asked: &Asked<'_>, id: &str) -> Rest {
    let at = own_installation(state, asked, id)?.clone();
    let mut permissions = at.permissions.clone();
    if let Some(wanted) = asked.body["permissions"].as_object() {
        let level = |word: &Value| if word == "read" { Role::Read } else { Role::Write };
        let wanted: BTreeMap<String, Role> = wanted
            .iter()
            .map(|(name, word)| (name.clone(), level(word)))
            .collect();
        if wanted
            .iter()
            .any(|(name, role)| at.permissions.get(name).is_none_or(|held| held < role))
        {
            return Err(refuse(
                422,
                "The permissions requested are not granted to this installation.",
            ));
        }
        permissions = wanted;
    }
    let mut repositories = at.repositories.clone();
    if let Some(names) = asked.body["repositories"].as_array() {
        let number = |name: &Value| {
            let full_name = format!("{}/{}", at.account, name.as_str()?);
            let id = state.find(&full_name)?.0;
            at.repositories
                .as_ref()
                .is_none_or(|listed| listed.contains(&id))
                .then_some(id)
        };
        let numbers: Option<BTreeSet<u64>> = names.iter().map(number).collect();
        let unknown = "There is at least one repository that does not exist or is not accessible to the parent installation.";
        repositories = Some(numbers.ok_or_else(|| refuse(422, unknown))?);
    }
    let ends = state.now() + at.lifetime;
    let login = format!("{}[bot]", state.apps[&at.app].slug);
    let kind = Kind::Installation { installation: at.id };
    let listed: Vec<(&str, Role)> = permissions
        .iter()
        .map(|(name, role)| (name.as_str(), *role))
        .collect();
    let selection = if repositories.is_some() { "selected" } else { "all" };
    let text = state.add_token("ghs_", &login, kind, &listed, repositories, Some(ends));
    Ok(created(json!({
        "token": text, "expires_at": time(ends), "permissions": words(&permissions), "repository_selection": selection,
    })))
}
