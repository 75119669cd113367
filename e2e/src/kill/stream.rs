//! The stream of drops: sessions of some files each, and which of them the server has confirmed.

use super::random::Random;
use crate::caravan::{Caravan, Place};
use crate::samples;
use crate::sftp::Sftp;
use crate::wrong::Wrong;

/// Files of one session.
const FILES_PER_SESSION: u32 = 8;
/// Most sets of one file.
const SETS_MAX: u64 = 6;

/// One generated file.
#[derive(Debug)]
pub(crate) struct Drop {
    pub(crate) name: String,
    pub(crate) pros: Vec<String>,
    /// The client's put returned without an error.
    pub(crate) confirmed: bool,
}

/// Every file that was tried.
#[derive(Debug)]
pub(crate) struct Drops {
    random: Random,
    seed: u64,
    pub(crate) files: Vec<Drop>,
}

impl Drops {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(!seed), seed, files: Vec::new() }
    }

    pub(crate) fn confirmed(&self) -> usize {
        self.files.iter().filter(|file| file.confirmed).count()
    }

    /// A file that was never there before: its name and its bytes.
    fn next(&mut self) -> (String, Vec<u8>) {
        let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX).saturating_add(1);
        let sets = self.random.below(SETS_MAX).saturating_add(1);
        let pros: Vec<String> =
            (1..=sets).map(|set| format!("K{}F{number}S{set}", self.seed)).collect();
        let name = format!("drop-{number:05}.edi");
        let bytes = samples::made_214(number, &pros);
        self.files.push(Drop { name: name.clone(), pros, confirmed: false });
        (name, bytes)
    }
}

/// Sessions against one life of the server.
#[derive(Debug)]
pub(crate) struct Stream {
    account: Sftp,
}

impl Stream {
    pub(crate) fn new(place: &Place, caravan: &Caravan) -> Self {
        Self { account: Sftp::new(place, caravan, "demo-carrier") }
    }

    /// Drops files until a session fails: then the server has gone.
    pub(crate) async fn run(&self, drops: &mut Drops) -> Result<(), Wrong> {
        loop {
            let mut batch = String::new();
            let first = drops.files.len();
            for _ in 0..FILES_PER_SESSION {
                let (name, bytes) = drops.next();
                let local = self.account.local(&name, &bytes)?;
                // A batch ends at the first command that fails, so this line says that the put before it returned well.
                batch.push_str(&format!(
                    "put {} inbox/{name}\n!echo confirmed {name}\n",
                    local.display()
                ));
            }
            let output = self.account.batch(&batch).await?;
            let told = String::from_utf8_lossy(&output.stdout);
            for file in drops.files.iter_mut().skip(first) {
                let line = format!("confirmed {}", file.name);
                file.confirmed = told.lines().any(|each| each.trim() == line);
            }
            if !output.status.success() {
                return Ok(());
            }
        }
    }
}
