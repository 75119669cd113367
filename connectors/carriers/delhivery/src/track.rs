//! `tracking`: waybills fifty a call, order numbers one a call.
//!
//! Why order numbers go alone: Delhivery refuses the whole list when it does not know one of them.
//! A list of waybills that is refused as unknown is halved and asked again, so that one bad number costs the others nothing.

use caravan_connector_sdk::model::{Batch, Reference};
use caravan_connector_sdk::{
    Context, Failure, Host, HttpRequest, HttpResponse, Tracking, UpstreamError, json,
};

use crate::mapping::{Tracked, map};
use crate::{Delhivery, Profile};

/// The documented most.
const WAYBILLS_MAX: usize = 50;
/// A blocked address is looked at again after this long (integration FAQ).
const BLOCKED_MS: u64 = 30_000;

impl Tracking for Delhivery {
    fn track(
        host: &dyn Host,
        context: &Context,
        queries: &[Reference],
    ) -> Vec<Result<Batch, Failure>> {
        let bytes = host.profile();
        let profile = match json::read::<Profile<'_>>(&bytes, 0) {
            Ok(profile) => profile,
            Err(failure) => return queries.iter().map(|_| Err(failure.clone())).collect(),
        };
        let call = Call { host, context, profile: &profile };
        let unanswered = || Err(Failure::NotFound("Delhivery left this number out".to_owned()));
        let mut results: Vec<Result<Batch, Failure>> =
            queries.iter().map(|_| unanswered()).collect();
        let numbered = queries.iter().zip(0_usize..);
        let (orders, waybills): (Vec<_>, Vec<_>) =
            numbered.partition(|(query, _)| query.kind == "order");
        for part in waybills.chunks(WAYBILLS_MAX) {
            call.waybills(part, &mut results);
        }
        for (query, position) in orders {
            let answer = call
                .ask("ref_ids", &query.value)
                .map(|found| found.into_iter().find(|one| one.order == query.value));
            put(&mut results, position, answer);
        }
        results
    }
}

struct Call<'a> {
    host: &'a dyn Host,
    context: &'a Context,
    profile: &'a Profile<'a>,
}

type Numbered<'a> = (&'a Reference, usize);

impl Call<'_> {
    fn waybills(&self, part: &[Numbered<'_>], results: &mut [Result<Batch, Failure>]) {
        let list: Vec<&str> = part.iter().map(|(query, _)| query.value.as_str()).collect();
        match self.ask("waybill", &list.join(",")) {
            Ok(mut found) => {
                for (query, position) in part {
                    let at = found.iter().position(|one| one.awb == query.value);
                    if let Some(at) = at {
                        put(results, *position, Ok(Some(found.swap_remove(at))));
                    }
                }
            }
            Err(Failure::NotFound(_)) if part.len() > 1 => {
                let (left, right) = part.split_at(part.len() / 2);
                self.waybills(left, results);
                self.waybills(right, results);
            }
            Err(failure) => {
                for (_, position) in part {
                    put(results, *position, Err(failure.clone()));
                }
            }
        }
    }

    fn ask(&self, parameter: &str, list: &str) -> Result<Vec<Tracked>, Failure> {
        let request = HttpRequest::get("api", "/api/v1/packages/json/")
            .query(parameter, list)
            .header("accept", "application/json")
            .auth("token");
        let response = self.host.http(request)?;
        match response.status {
            // Documented as the answer of the firewall to too many requests, not as a refusal of the token.
            403 => Err(Failure::RateLimited(Some(BLOCKED_MS))),
            400 => Err(self.refused(&response)),
            _ => {
                let response = response.check(self.context.now_ms)?;
                map(&response.body, response.document, self.profile)
            }
        }
    }

    /// Some accounts see unknown waybills as a 400 with the same body.
    fn refused(&self, response: &HttpResponse) -> Failure {
        match map(&response.body, response.document, self.profile) {
            Err(Failure::NotFound(said)) => Failure::NotFound(said),
            _ => Failure::Upstream(UpstreamError {
                status: Some(400),
                code: None,
                message: "Delhivery refused the request".to_owned(),
                retryable: false,
            }),
        }
    }
}

fn put(
    results: &mut [Result<Batch, Failure>],
    position: usize,
    answer: Result<Option<Tracked>, Failure>,
) {
    let Some(slot) = results.get_mut(position) else { return };
    match answer {
        Ok(Some(tracked)) => *slot = Ok(tracked.batch),
        Ok(None) => {}
        Err(failure) => *slot = Err(failure),
    }
}
