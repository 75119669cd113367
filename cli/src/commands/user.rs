//! `caravan user`: a new password for who forgot the old one.

use std::path::Path;
use std::process::ExitCode;

use caravan_identity::Error;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::args::{Place, User};
use crate::failure::Failure;
use crate::operator::Operator;

pub(crate) async fn run(data: &Path, command: &User, place: &Place) -> Result<ExitCode, Failure> {
    let User::Reset { email } = command;
    let operator = Operator::open(data, place.database_url.as_deref()).await?;
    let handed = operator.identity.reset_password(email).await;
    operator.close().await?;
    let handed = handed.map_err(|error| {
        let failure = Failure::of("no token is made", &error);
        match error {
            Error::UserNotFound => failure.hint(
                "nobody who may sign in has this address; `caravan tenant invite` makes an owner",
            ),
            _ => failure,
        }
    })?;
    if place.json {
        println!(
            "{}",
            json!({ "user": handed.email, "token": handed.token.expose_secret(), "expires_at": handed.expires_at })
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("user        {}", handed.email);
    println!("token       {}", handed.token.expose_secret());
    println!("good until  {}", handed.expires_at);
    eprintln!(
        "hint: hand the token over by a way that you trust; it is shown this once, and whoever has it can act in the user's name"
    );
    eprintln!(
        "hint: it is used with POST /v1/password-resets/complete, as {{\"token\", \"password\"}}; all sessions of the user end then"
    );
    Ok(ExitCode::SUCCESS)
}
