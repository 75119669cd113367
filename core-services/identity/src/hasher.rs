//! Passwords: argon2id on a blocking thread, few at a time, and as slow for nobody as for somebody.

use core::time::Duration;
use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::error::Error;

/// Hashes at once. Each fills a core and 19 MiB for some 20 ms, and requests that need none must go on.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a hash costs to make. A stored one of another cost is made anew at the next login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// OWASP's Password Storage Cheat Sheet, second of its equal choices: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1_024, passes: 2 }
    }
}

/// Makes and checks hashes.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    argon: Argon2<'static>,
    places: Arc<Semaphore>,
    /// The hash of no password, checked where there is no user.
    decoy: Arc<OnceLock<String>>,
}

/// What a check found.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) matches: bool,
    /// The same password under today's cost, if the stored hash is of another.
    pub(crate) anew: Option<String>,
}

impl Hasher {
    pub(crate) fn new(cost: Cost) -> Result<Self, Error> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|_| Error::Hash(password_hash::Error::ParamsInvalid))?;
        Ok(Self {
            argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            decoy: Arc::default(),
        })
    }

    /// A PHC string.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.run(move |hasher| hasher.make(password.expose_secret().as_bytes())).await
    }

    /// Checks against a stored hash, or, as slowly, against none.
    pub(crate) async fn check(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<Checked, Error> {
        self.run(move |hasher| {
            hasher.compare(password.expose_secret().as_bytes(), stored.as_deref())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let waited = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = waited else { return Err(Error::Busy) };
        let hasher = self.clone();
        // The place goes along: a caller that hangs up does not free it while the core is still busy.
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&hasher);
            drop(place);
            done
        });
        match done.await {
            Ok(done) => done.map_err(Error::Hash),
            Err(_) => Err(Error::Hash(password_hash::Error::Internal)),
        }
    }

    fn make(&self, password: &[u8]) -> Result<String, password_hash::Error> {
        self.argon.hash_password(password).map(|hash| hash.to_string())
    }

    fn compare(
        &self,
        password: &[u8],
        stored: Option<&str>,
    ) -> Result<Checked, password_hash::Error> {
        let Some(stored) = stored else {
            let decoy = match self.decoy.get() {
                Some(decoy) => decoy,
                None => {
                    let made = self.make(b"nobody has this one")?;
                    self.decoy.get_or_init(|| made)
                }
            };
            let parsed = PasswordHash::new(decoy)?;
            // Whatever it says: there is nobody.
            return match self.argon.verify_password(password, &parsed) {
                Ok(()) | Err(password_hash::Error::PasswordInvalid) => {
                    Ok(Checked { matches: false, anew: None })
                }
                Err(error) => Err(error),
            };
        };
        let parsed = PasswordHash::new(stored)?;
        match self.argon.verify_password(password, &parsed) {
            Ok(()) => {}
            Err(password_hash::Error::PasswordInvalid) => {
                return Ok(Checked { matches: false, anew: None });
            }
            Err(error) => return Err(error),
        }
        let today = parsed.algorithm == Algorithm::Argon2id.ident()
            && Params::try_from(&parsed).is_ok_and(|params| same(&params, self.argon.params()));
        let anew = if today { None } else { Some(self.make(password)?) };
        Ok(Checked { matches: true, anew })
    }
}

fn same(one: &Params, other: &Params) -> bool {
    (one.m_cost(), one.t_cost(), one.p_cost()) == (other.m_cost(), other.t_cost(), other.p_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    #[tokio::test]
    async fn a_password_is_stored_as_argon2id_and_recognised() {
        let hasher = Hasher::new(Cost::default()).unwrap();
        let stored = hasher.hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let right = hasher.check("correct horse".into(), Some(stored.clone())).await.unwrap();
        assert!(right.matches && right.anew.is_none());
        let wrong = hasher.check("correct horsf".into(), Some(stored)).await.unwrap();
        assert!(!wrong.matches);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_made_anew() {
        let stored = Hasher::new(CHEAP).unwrap().hash("correct horse".into()).await.unwrap();
        let hasher = Hasher::new(Cost { memory_kib: 128, passes: 1 }).unwrap();
        let checked = hasher.check("correct horse".into(), Some(stored.clone())).await.unwrap();
        let anew = checked.anew.unwrap();
        assert!(checked.matches && anew.contains("m=128,t=1"), "{anew}");
        assert!(hasher.check("correct horse".into(), Some(anew)).await.unwrap().anew.is_none());
        let wrong = hasher.check("x".into(), Some(stored)).await.unwrap();
        assert!(!wrong.matches && wrong.anew.is_none());
    }

    /// A clock would tell how busy the machine is. What the time goes into is the hash that is verified: its cost and its sizes.
    #[tokio::test]
    async fn nobody_is_checked_as_slowly_as_somebody() {
        let hasher = Hasher::new(Cost::default()).unwrap();
        let stored = hasher.hash("correct horse".into()).await.unwrap();
        let nobody = hasher.check("nobody has this one".into(), None).await.unwrap();
        assert!(!nobody.matches && nobody.anew.is_none());
        let work = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            let params = Params::try_from(&hash).unwrap();
            let sizes = (hash.salt.unwrap().len(), hash.hash.unwrap().len());
            (
                hash.algorithm,
                hash.version,
                (params.m_cost(), params.t_cost(), params.p_cost()),
                sizes,
            )
        };
        assert_eq!(work(hasher.decoy.get().unwrap()), work(&stored));
    }

    #[tokio::test]
    async fn what_nobody_is_checked_against_is_verified_each_time() {
        let hasher = Hasher::new(CHEAP).unwrap();
        let unknown = "$argon2x$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
        hasher.decoy.set(unknown.to_owned()).unwrap();
        for _ in 0..2 {
            let checked = hasher.check("x".into(), None).await;
            assert!(
                matches!(checked, Err(Error::Hash(password_hash::Error::Algorithm))),
                "{checked:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_failure_and_not_a_wrong_password() {
        let hasher = Hasher::new(CHEAP).unwrap();
        assert!(hasher.check("x".into(), Some("$argon2id$garbage".into())).await.is_err());
    }
}
