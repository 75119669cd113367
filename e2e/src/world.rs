//! What every step of the walk has in hand.

use crate::caravan::{Caravan, Place};
use crate::events::Tail;
use crate::http::Http;
use crate::sftp::Sftp;
use crate::wrong::Wrong;

/// A running Caravan and the ways to it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) caravan: Caravan,
    pub(crate) http: Http,
    pub(crate) carrier: Sftp,
    pub(crate) erp: Sftp,
    pub(crate) tail: Tail,
}

impl World {
    /// Takes a started Caravan; the tail begins with the oldest event.
    pub(crate) fn new(place: &Place, caravan: Caravan) -> Result<Self, Wrong> {
        Ok(Self {
            http: Http::new(&caravan)?,
            carrier: Sftp::new(place, &caravan, "demo-carrier"),
            erp: Sftp::new(place, &caravan, "demo-erp"),
            tail: Tail::start(place, "tail.ndjson", &["--from-beginning"])?,
            place: place.clone(),
            caravan,
        })
    }

    /// The metrics of every process.
    pub(crate) async fn metrics(&self) -> Result<String, Wrong> {
        let mut all = String::new();
        for url in self.caravan.metrics_urls() {
            let metrics = self.http.bare_get(&format!("{url}/metrics")).await?.expect(200)?;
            all.push_str(&metrics.text());
        }
        Ok(all)
    }
}
