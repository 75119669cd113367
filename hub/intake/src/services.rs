//! What a guest may ask of us, set up for one connection.

use std::sync::Arc;

use caravan_fault::Class;
use caravan_hub_registry::Resolved;
use caravan_hub_sandbox::Services;
use caravan_hub_sandbox::testing::NoServices;

#[derive(Debug, Clone)]
pub struct ServiceFactory;
#[derive(Debug)]
pub struct KeptReplies;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ServiceError;
impl ServiceError {
    pub fn class(&self) -> Class {
        Class::Config
    }
}
impl ServiceFactory {
    pub(crate) async fn for_connection(
        &self,
        _resolved: &Resolved,
        _replies: Option<Arc<KeptReplies>>,
    ) -> Result<Arc<dyn Services>, ServiceError> {
        Ok(Arc::new(NoServices))
    }
}
