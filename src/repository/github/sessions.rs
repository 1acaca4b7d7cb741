//! The tokens of a run, by owner.
//!
//! Input: an owner. Output: its [`Session`], if there is one. Not here: creating tokens (`tokens`).

use std::collections::BTreeMap;
use std::sync::Arc;

use octocrab::Octocrab;
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::auth::Access;

/// A token and its client.
pub(super) struct Session {
    pub crab: Octocrab,
    pub token: SecretString,
    /// The permissions of an installation, in GitHub's words: `contents` → `write`.
    pub permissions: Option<BTreeMap<String, String>>,
    /// In seconds since 1970.
    pub renew: Option<i64>,
}

/// The sessions of a run.
#[derive(Default)]
pub(super) struct Sessions {
    pub held: Mutex<BTreeMap<String, Arc<Session>>>,
}

impl Sessions {
    /// The key of an owner's token in this map.
    #[expect(clippy::unused_self, reason = "it is about these sessions")]
    pub fn key(&self, access: &Access, owner: &str) -> String {
        match access {
            Access::Token(_) => String::new(),
            Access::App(_) => owner.to_lowercase(),
        }
    }

    /// Removes an installation's token; `false` if there is none that could be renewed.
    pub async fn forget(&self, key: &str) -> bool {
        !key.is_empty() && self.held.lock().await.remove(key).is_some()
    }
}
