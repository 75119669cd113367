//! Signing secrets at rest: sealed for the endpoint that they belong to.

use std::sync::Arc;

use caravan_model::TenantId;
use caravan_vault::{Place, Vault, VaultError};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::domain::{Signer, Unsound};

/// Why nothing can be signed. Never says anything about the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Unsound(#[from] Unsound),
}

/// Seals and opens. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Secrets(Arc<Vault>);

impl Secrets {
    pub(crate) fn new(vault: Arc<Vault>) -> Self {
        Self(vault)
    }

    pub(crate) fn seal(
        &self,
        tenant: TenantId,
        webhook: Uuid,
        secret: &SecretString,
    ) -> Result<Vec<u8>, Error> {
        let row = webhook.to_string();
        Ok(self.0.seal(&place(tenant, &[&row]), secret.expose_secret())?)
    }

    /// A secret of an endpoint, sealed anew; none when it is under the own key already.
    pub(crate) fn reseal(
        &self,
        tenant: TenantId,
        webhook: Uuid,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let row = webhook.to_string();
        self.0.reseal(&place(tenant, &[&row]), sealed)
    }

    /// What signs with these sealed secrets.
    pub(crate) fn signer<'a>(
        &self,
        tenant: TenantId,
        webhook: Uuid,
        sealed: impl IntoIterator<Item = &'a Vec<u8>>,
    ) -> Result<Signer, Error> {
        let row = webhook.to_string();
        let open = |sealed: &Vec<u8>| self.0.unseal(&place(tenant, &[&row]), sealed);
        let secrets = sealed.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        Ok(Signer::new(&secrets)?)
    }
}

/// WHEN CHANGING THIS: what is sealed opens by this place only. One place for the secret and the one before, so that it may move.
fn place<'a>(tenant: TenantId, row: &'a [&'a str]) -> Place<'a> {
    Place { table: "webhooks", tenant, row }
}
