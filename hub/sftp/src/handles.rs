//! The open handles of one session: uploads, downloads, listings.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::vec;

use russh_sftp::protocol::File;

use crate::answer::Refused;
use crate::mailbox::{Entry, Readable};
use crate::staging::Upload;

/// An upload under way.
#[derive(Debug)]
pub(crate) struct OpenUpload {
    /// Its name in the inbox, temporary or final.
    pub(crate) name: String,
    pub(crate) upload: Upload,
    /// Set by the first write that was not taken: the file can no longer become complete.
    pub(crate) failed: Option<Refused>,
}

/// A file being read.
pub(crate) struct OpenDownload {
    pub(crate) file: Arc<dyn Readable>,
    pub(crate) entry: Entry,
    /// Whether the file lies in the outbox, for the permissions that FSTAT shows.
    pub(crate) removable: bool,
}

/// What a handle stands for.
pub(crate) enum Open {
    Upload(Box<OpenUpload>),
    Download(OpenDownload),
    Listing(vec::IntoIter<File>),
}

/// The table. Handles are never used twice in a session, so a stale one is always refused.
pub(crate) struct Handles {
    open: BTreeMap<String, Open>,
    next: u64,
    max: usize,
}

impl Handles {
    pub(crate) fn new(max: usize) -> Self {
        Self { open: BTreeMap::new(), next: 0, max }
    }

    /// Whether one more may be opened; asked before anything is made for it.
    pub(crate) fn check_room(&self) -> Result<(), Refused> {
        if self.open.len() >= self.max {
            return Err(Refused::failure(format!("more than {} files are open", self.max)));
        }
        Ok(())
    }

    pub(crate) fn insert(&mut self, open: Open) -> String {
        self.next = self.next.wrapping_add(1);
        let handle = format!("h{}", self.next);
        self.open.insert(handle.clone(), open);
        handle
    }

    pub(crate) fn get(&mut self, handle: &str) -> Result<&mut Open, Refused> {
        self.open.get_mut(handle).ok_or_else(unknown)
    }

    pub(crate) fn upload(&mut self, handle: &str) -> Result<&mut OpenUpload, Refused> {
        match self.get(handle)? {
            Open::Upload(upload) => Ok(upload),
            Open::Download(_) | Open::Listing(_) => {
                Err(Refused::denied("the handle is not open for writing"))
            }
        }
    }

    pub(crate) fn remove(&mut self, handle: &str) -> Result<Open, Refused> {
        self.open.remove(handle).ok_or_else(unknown)
    }

    /// Whether an upload is under way.
    pub(crate) fn uploading(&self) -> bool {
        self.open.values().any(|open| matches!(open, Open::Upload(_)))
    }

    /// Ends all; gives back the uploads that were not closed.
    pub(crate) fn abandon(&mut self) -> Vec<OpenUpload> {
        std::mem::take(&mut self.open)
            .into_values()
            .filter_map(|open| match open {
                Open::Upload(upload) => Some(*upload),
                Open::Download(_) | Open::Listing(_) => None,
            })
            .collect()
    }
}

fn unknown() -> Refused {
    Refused::failure("no such handle")
}
