//! `webhooks`: the scan push. Delhivery sends the header that we named in its form; its value is compared in constant time.

use caravan_connector_sdk::{
    Context, Failure, Host, WebhookDelivery, WebhookRequest, Webhooks, json,
};

use crate::mapping::map_push;
use crate::{Delhivery, Profile};

const HEADER: &str = "x-webhook-token";

impl Webhooks for Delhivery {
    fn receive(
        host: &dyn Host,
        _context: &Context,
        request: &WebhookRequest,
    ) -> Result<WebhookDelivery, Failure> {
        let name = host.setting("webhook_header").unwrap_or_else(|| HEADER.to_owned());
        let presented = request
            .header(&name)
            .ok_or_else(|| Failure::Auth(format!("the push has no header {name}")))?;
        if !host.secret_equals("webhook", presented.as_bytes())? {
            return Err(Failure::Auth(format!("the header {name} has the wrong value")));
        }
        let bytes = host.profile();
        let profile: Profile<'_> = json::read(&bytes, 0)?;
        // Delhivery wants 200; the host answers that once the scan is durable.
        Ok(WebhookDelivery { batch: map_push(&request.body, &profile)?, reply: None })
    }
}
