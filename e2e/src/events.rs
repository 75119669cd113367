//! `caravan tail`, running beside the walk, and what it has printed so far.

use std::path::PathBuf;

use serde_json::Value;
use tokio::process::Child;

use crate::caravan::Place;
use crate::wrong::Wrong;

/// A running tail; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Tail {
    _child: Child,
    path: PathBuf,
}

impl Tail {
    pub(crate) fn start(place: &Place, name: &str, options: &[&str]) -> Result<Self, Wrong> {
        let path = place.scratch.join(name);
        let file = std::fs::File::create(&path)?;
        let mut arguments = vec!["tail"];
        arguments.extend_from_slice(options);
        let child = place.command(&arguments).stdout(file).spawn()?;
        Ok(Self { _child: child, path })
    }

    /// Every whole line so far.
    pub(crate) fn events(&self) -> Result<Vec<Value>, Wrong> {
        let text = std::fs::read_to_string(&self.path)?;
        let whole = text.rsplit_once('\n').map(|(whole, _)| whole).unwrap_or_default();
        whole.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// The events of one document.
    pub(crate) fn of_document(&self, id: &str) -> Result<Vec<Value>, Wrong> {
        let all = self.events()?;
        Ok(all.into_iter().filter(|event| crate::http::text(event, "documentid") == id).collect())
    }
}
