//! Known error responses of GitHub, and what they mean.

use super::*;

fn of(status: u16, body: &str) -> GithubError {
    GithubError::from_response(status, None, body.as_bytes(), "contents: write")
}

#[test]
fn answers_that_were_seen_are_known() {
    let text = |message: &str| format!(r#"{{"message":"{message}"}}"#);
    let failed = |message: &str| {
        format!(
            r#"{{"message":"Validation Failed","errors":[{{"resource":"PullRequest","code":"custom","message":"{message}"}}]}}"#
        )
    };
    assert_eq!(of(409, &text("Git Repository is empty.")), GithubError::Empty);
    assert_eq!(
        of(403, &text("Repository was archived so is read-only.")),
        GithubError::Archived
    );
    assert_eq!(
        of(422, &text("Reference already exists")),
        GithubError::Exists(ExistingObject::Branch)
    );
    assert_eq!(
        of(
            422,
            &failed("A pull request already exists for acme:lessonbook/x.")
        ),
        GithubError::Exists(ExistingObject::Pull)
    );
    assert!(matches!(
        of(422, &text("Reference does not exist")),
        GithubError::Missing(_)
    ));
    assert_eq!(
        of(422, &text("Update is not a fast forward")),
        GithubError::NotFastForward
    );
    assert!(matches!(
        of(
            422,
            &failed("state cannot be changed. The x branch has been deleted.")
        ),
        GithubError::NotReopened(_)
    ));
    assert!(matches!(
        of(422, &text("Repository rule violations found")),
        GithubError::Rule(_)
    ));
    assert_eq!(
        of(403, &text("You have exceeded a secondary rate limit.")),
        GithubError::Limited { until: None }
    );
    assert_eq!(
        of(422, &failed("was submitted too quickly")),
        GithubError::Limited { until: None }
    );
    assert!(matches!(
        of(404, &text("Not Found")),
        GithubError::NotFound { .. }
    ));
    assert!(matches!(
        of(403, &text("Resource not accessible by integration")),
        GithubError::NoPermission { .. }
    ));
    assert_eq!(
        of(502, "<html>unicorn</html>"),
        GithubError::Down("status 502".into())
    );
    assert_eq!(
        of(418, &text("I am a teapot")),
        GithubError::Other {
            status: 418,
            message: "I am a teapot".into()
        }
    );
}

#[test]
fn errors_of_graphql_are_known() {
    let of = |kind, message| GithubError::from_graphql(kind, message, "contents: read");
    assert_eq!(
        of("RATE_LIMITED", "API rate limit exceeded"),
        GithubError::Limited { until: None }
    );
    assert!(matches!(
        of("NOT_FOUND", "Could not resolve to a Repository"),
        GithubError::NotFound { .. }
    ));
    assert_eq!(
        of("UNPROCESSABLE", "Repository was archived so is read-only"),
        GithubError::Archived
    );
    assert!(matches!(
        of("STALE_DATA", "Expected branch to point to \"a\" but it did not."),
        GithubError::Stale(_)
    ));
    assert!(matches!(
        of("", "Something went wrong while executing your query."),
        GithubError::Down(_)
    ));
}

#[test]
fn the_permission_that_github_names_is_passed_on() {
    let body = br#"{"message":"Resource not accessible by integration"}"#;
    let refusal = GithubError::from_response(403, Some("pull_requests=write"), body, "x");
    assert_eq!(
        refusal.sentence(),
        "the token lacks a permission: pull_requests: write"
    );
}
