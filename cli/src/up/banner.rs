//! What is printed when everything is ready: addresses, key, the SFTP command, three things to try.

use std::net::SocketAddr;
use std::time::Duration;

use caravan_hub_sftp::PublicKey;

use super::demo::{CARRIER, Demo, ERP};
use crate::failure::Failure;
use crate::folder::{Folder, Note};

/// Writes the SFTP server's key where the printed command looks for it.
pub(crate) fn known_host(
    folder: &Folder,
    address: SocketAddr,
    key: &PublicKey,
) -> Result<(), Failure> {
    let failed =
        |error: &dyn std::error::Error| Failure::of("known_hosts cannot be written", error);
    let key = key.to_openssh().map_err(|error| failed(&error))?;
    let line = format!("[{}]:{} {key}\n", address.ip(), address.port());
    std::fs::write(folder.keys().join("known_hosts"), line).map_err(|error| failed(&error))
}

/// Prints to standard output; the last line begins with `ready`.
pub(crate) fn print(folder: &Folder, note: &Note, demo: Option<&Demo>, took: Duration) {
    println!("gateway     {}", note.url);
    println!("sftp        {}", note.sftp_address);
    let Some(demo) = demo else {
        println!("ready in {:.1} s, without the demo; Ctrl-C stops", took.as_secs_f64());
        return;
    };
    println!(
        "simulators  dhl {}  delhivery {}  aramex {}",
        demo.dhl.url(),
        demo.delhivery.url(),
        demo.aramex.url()
    );
    println!("api key     {}", demo.api_key);
    println!("logins      {}", demo.logins.emails.join("  "));
    println!("password    {}", demo.logins.password);
    let (host, port) =
        note.sftp_address.rsplit_once(':').unwrap_or((note.sftp_address.as_str(), "22"));
    let known = folder.keys().join("known_hosts");
    println!();
    println!("sftp command (users {CARRIER} and {ERP})");
    println!(
        "  sftp -P {port} -i {} -o UserKnownHostsFile={} {CARRIER}@{host}",
        demo.sftp_key.display(),
        known.display()
    );
    println!();
    println!("next, in another terminal");
    println!(
        "  1. caravan tail                                    canonical events as they are appended"
    );
    println!("  2. put a 214 into inbox/ by that command           its 997 appears in outbox/");
    println!("     for example fixtures/parties/canada-post/x12-214/nineteen-sets/input.edi");
    println!(
        "  3. caravan documents                               what was received, and what became of it"
    );
    println!("ready in {:.1} s; Ctrl-C stops", took.as_secs_f64());
}
