//! Webhooks.
pub fn hook_router() {}
