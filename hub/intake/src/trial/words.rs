//! The words of a trial: what was seen, and the next step for whoever reads it.

use caravan_fault::Class;
use caravan_hub_resilience::Obstacle;
use caravan_hub_sandbox::{CallError, Failure};
use caravan_manifest::Manifest;
use caravan_model::Batch;
use tokio::time::error::Elapsed;
use url::Url;

use super::{Sample, Step, is_of_tls};

/// Why the later steps of an endpoint without an address were not tried.
pub(super) const NO_NAME: &str = "the address comes first";
/// What to do about a defect.
const DEFECT: (&str, &str) = (
    "defect",
    "this is a defect of the connector or of this installation: give its operator the trace id of this answer",
);
/// Longest text of a party that is passed on, in characters.
const TEXT_CHARS_MAX: usize = 300;

/// The `dns` step of a host that cannot be called.
pub(super) fn of_name(url: &Url, obstacle: &Obstacle) -> Step {
    let host = url.host_str().unwrap_or_default();
    let hint = match obstacle {
        Obstacle::Denied(_) => (
            "address-private",
            "use the party's public https address; one in a private network needs the operator to start the hub with --allow-test-nets".to_owned(),
        ),
        Obstacle::NoSuchName => (
            "name-unknown",
            format!("check how {host:?} is written in the base URL; if it is right, ask the party whether the name is public"),
        ),
        _ => (
            "dns-silent",
            "the name server did not answer: try again, then ask the operator of this installation about its DNS".to_owned(),
        ),
    };
    Step::failed("dns", obstacle.to_string(), hint)
}

/// The `tcp` and `tls` steps.
pub(super) fn of_connecting(url: &Url, connected: Result<(), Obstacle>) -> [Step; 2] {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let tcp_ok = || Step::ok("tcp", format!("{host} accepts connections on port {port}"));
    match connected {
        Ok(()) if url.scheme() == "https" => {
            [tcp_ok(), Step::ok("tls", "its certificate is valid for this name")]
        }
        Ok(()) => [
            tcp_ok(),
            Step::skipped("tls", "plain http: nothing is encrypted, and nobody says who answers"),
        ],
        Err(obstacle) if is_of_tls(&obstacle) => {
            let hint = match &obstacle {
                Obstacle::NotTls => (
                    "port-not-tls",
                    format!(
                        "port {port} speaks something else: check the port in the base URL; https is mostly on 443"
                    ),
                ),
                _ => (
                    "certificate-invalid",
                    format!(
                        "the party's certificate must be valid today, for {host:?}, and from a public authority: show its technicians this line"
                    ),
                ),
            };
            [tcp_ok(), Step::failed("tls", obstacle.to_string(), hint)]
        }
        Err(obstacle) => {
            let hint = match &obstacle {
                Obstacle::Timeout => (
                    "packets-dropped",
                    "something drops our packets on the way, mostly a firewall: ask the party to let this installation's address in",
                ),
                Obstacle::Denied(_) => (
                    "address-denied",
                    "the name leads to an address that may not be called: use the party's public address",
                ),
                _ => (
                    "port-closed",
                    "check the port in the base URL; if it is right, ask the party whether the service is up",
                ),
            };
            [
                Step::failed("tcp", format!("port {port} of {host}: {obstacle}"), hint),
                Step::skipped("tls", "the connection comes first"),
            ]
        }
    }
}

type Answers = Result<Vec<Result<Batch, Failure>>, CallError>;

/// The `auth` and `sample` steps.
pub(super) fn of_sample(
    manifest: &Manifest,
    sample: &Sample,
    answer: Result<Answers, Elapsed>,
) -> [Step; 2] {
    let about = &sample.reference.value;
    let failure = match answer {
        Err(_) => return unanswered("no answer in time".to_owned()),
        Ok(Ok(answers)) => match answers.into_iter().next() {
            Some(Ok(batch)) => return known(about, &batch),
            Some(Err(failure)) => failure,
            None => return unanswered("the connector gave no answer".to_owned()),
        },
        Ok(Err(CallError::Failed(failure))) => failure,
        Ok(Err(error)) => {
            let skipped = Step::skipped("auth", "the call did not come to an end");
            return [skipped, Step::failed("sample", cut(&error.to_string()), DEFECT)];
        }
    };
    let text = cut(&failure.to_string());
    let answered = || Step::ok("auth", "the party took our credentials");
    match (failure.class(), &failure) {
        (Class::Auth, _) => [
            Step::failed("auth", text, ("credentials-wrong", credentials(manifest))),
            Step::skipped("sample", "the credentials come first"),
        ],
        (Class::Config, _) => {
            let hint = (
                "settings-wrong",
                "a setting or a secret of the connection does not fit what the connector does with it",
            );
            [Step::failed("auth", text, hint), Step::skipped("sample", "the settings come first")]
        }
        (Class::Permanent, Failure::NotFound(_)) if sample.chosen => {
            let hint = (
                "number-unknown",
                format!(
                    "check the number {about:?}, and that the environment is the one that knows it"
                ),
            );
            [answered(), Step::failed("sample", text, hint)]
        }
        (Class::Permanent, Failure::NotFound(_)) => {
            let seen = format!(
                "the party does not know {about:?}, which is an answer, too; name a number of yours as `sample` to see more"
            );
            [answered(), Step::ok("sample", seen)]
        }
        (Class::RateLimited, _) => {
            let hint = (
                "ask-later",
                "the party asks us to wait: try again in some minutes, and choose a longer interval for the polls",
            );
            [Step::skipped("auth", "not told"), Step::failed("sample", text, hint)]
        }
        (Class::Transient | Class::Unknown, _) => unanswered(text),
        (Class::Permanent, _) => {
            let hint = (
                "question-refused",
                "the party refused the question itself: check the settings, and the `sample`",
            );
            [answered(), Step::failed("sample", text, hint)]
        }
        (Class::Poison | Class::HostFault, _) => {
            [Step::skipped("auth", "not told"), Step::failed("sample", text, DEFECT)]
        }
    }
}

fn known(about: &str, batch: &Batch) -> [Step; 2] {
    let seen = format!("the party told {} events about {about:?}", batch.records.len());
    [Step::ok("auth", "the party took our credentials"), Step::ok("sample", seen)]
}

fn unanswered(text: String) -> [Step; 2] {
    let hint = (
        "party-failing",
        "the party can be reached and does not answer as it should: try again, then ask it whether the service is up",
    );
    [Step::skipped("auth", "not told"), Step::failed("sample", text, hint)]
}

/// Where the secrets are found, in the manifest's words.
fn credentials(manifest: &Manifest) -> String {
    let mut hints = vec!["check the secrets, and that they belong to this environment".to_owned()];
    for (slot, auth) in &manifest.auth {
        for field in &auth.fields {
            hints.extend(auth.help.get(field).map(|help| format!("{slot}.{field}: {help}")));
        }
    }
    hints.join("; ")
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}
