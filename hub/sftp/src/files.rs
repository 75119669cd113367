//! The file operations of a session, each checked against what the four folders allow.
use std::collections::BTreeSet;

use russh_sftp::protocol::{Data, File, FileAttributes, OpenFlags, Packet};

use crate::admission::Space;
use crate::answer::{Answer, Refused};
use crate::handles::{Open, OpenDownload, OpenUpload};
use crate::mailbox::{Arrival, Entry, Folder, MailboxError};
use crate::parking::{State, unix_now};
use crate::path::{self, Target};
use crate::session::Session;
use crate::staging::{Limits, Staged};
use crate::telemetry;
use crate::transport::READ_BYTES_MAX;

/// Entries per READDIR answer; with names of 255 bytes still far below the packet limit.
const LISTING_PAGE: usize = 100;

const NO_FOLDERS: &str =
    "there is no such folder; files go to /inbox, and no folders can be made below it";
const UPLOADS_GO_TO_INBOX: &str = "files can be sent to /inbox only";

impl Session {
    pub(crate) async fn open(&mut self, path: &str, flags: OpenFlags) -> Result<String, Refused> {
        self.handles.check_room()?;
        let writing = flags.intersects(
            OpenFlags::WRITE | OpenFlags::APPEND | OpenFlags::CREATE | OpenFlags::TRUNCATE,
        );
        match path::resolve(path)? {
            Target::File(folder, name) if writing => self.open_upload(folder, name, flags).await,
            Target::File(folder, name) => self.open_download(folder, name).await,
            Target::Nowhere if writing => Err(Refused::denied(NO_FOLDERS)),
            Target::Nowhere => Err(Refused::missing()),
            Target::Root | Target::Folder(_) => Err(Refused::failure("it is a folder")),
        }
    }

    async fn open_upload(
        &mut self,
        folder: Folder,
        name: String,
        flags: OpenFlags,
    ) -> Result<String, Refused> {
        if folder != Folder::Inbox {
            return Err(Refused::denied(UPLOADS_GO_TO_INBOX));
        }
        if flags.contains(OpenFlags::APPEND) {
            return Err(Refused::unsupported("appending is not supported; send the whole file"));
        }
        let parked = self.shared.parking.entry(&self.account.id, &name).is_some();
        if parked && !flags.contains(OpenFlags::TRUNCATE) {
            return Err(Refused::failure("resuming is not supported; send the whole file"));
        }
        let exclusive = flags.contains(OpenFlags::EXCLUDE);
        if exclusive || !flags.contains(OpenFlags::CREATE) {
            let exists = match self.inbox_entry(&name).await {
                Ok(_) => true,
                Err(MailboxError::NotFound) => false,
                Err(error) => return Err(error.into()),
            };
            match exists {
                true if exclusive => return Err(Refused::failure("a file of this name exists")),
                false if !exclusive => return Err(Refused::missing()),
                _ => {}
            }
        }
        let space = Space::new(self.shared.accounts.usage(&self.account.id));
        let limits = Limits {
            upload: self.shared.config.upload_bytes_max,
            account: self.shared.config.staging_bytes_max,
        };
        let upload = self.shared.staging.create(space, limits).await?;
        let open = OpenUpload { name, upload, failed: None };
        Ok(self.handles.insert(Open::Upload(Box::new(open))))
    }

    async fn open_download(&mut self, folder: Folder, name: String) -> Result<String, Refused> {
        if folder == Folder::Inbox && self.shared.parking.entry(&self.account.id, &name).is_some() {
            return Err(Refused::denied("the upload is not complete yet"));
        }
        let file = self.shared.mailbox.open(&self.account.id, folder, &name).await?;
        let entry = Entry { name, size: file.size(), modified: unix_now() };
        let removable = folder == Folder::Outbox;
        Ok(self.handles.insert(Open::Download(OpenDownload { file, entry, removable })))
    }

    pub(crate) async fn read(&mut self, id: u32, handle: &str, offset: u64, len: u32) -> Answer {
        let Open::Download(OpenDownload { file, .. }) = self.handles.get(handle)? else {
            return Err(Refused::denied("the handle is not open for reading"));
        };
        if offset >= file.size() {
            return Err(Refused::end());
        }
        // The client's length is only a wish: it may be anything up to 4 GiB.
        let len = usize::try_from(len.min(READ_BYTES_MAX)).unwrap_or_default();
        let data = file.read_at(offset, len).await?;
        if data.is_empty() && len > 0 {
            return Err(Refused::end());
        }
        telemetry::bytes_sent(data.len());
        Ok(Packet::Data(Data { id, data: data.into() }))
    }

    pub(crate) async fn write(
        &mut self,
        handle: &str,
        offset: u64,
        data: &[u8],
    ) -> Result<(), Refused> {
        let open = self.handles.upload(handle)?;
        if let Some(refused) = &open.failed {
            return Err(refused.clone());
        }
        match open.upload.write(offset, data).await {
            Ok(()) => {
                telemetry::bytes_received(data.len());
                Ok(())
            }
            Err(error) => {
                let refused = Refused::from(error);
                open.failed = Some(refused.clone());
                Err(refused)
            }
        }
    }

    /// For an upload this is the moment of truth: OK is answered only when the hub has it.
    pub(crate) async fn close(&mut self, handle: &str) -> Result<(), Refused> {
        let Open::Upload(open) = self.handles.remove(handle)? else { return Ok(()) };
        let OpenUpload { name, upload, failed } = *open;
        if let Some(refused) = failed {
            telemetry::upload_refused(&self.account.id, self.peer, &name, &refused.message);
            return Err(refused);
        }
        let staged = upload.finish().await?;
        if !self.account.temporary.matches(&name) {
            return self.receive(&name, &staged).await;
        }
        let parking = &self.shared.parking;
        if parking.park(&self.account.id, &name, staged, State::Complete).await? {
            return Ok(());
        }
        Err(Refused::failure("too many files wait under temporary names; rename or remove some"))
    }

    async fn receive(&mut self, name: &str, staged: &Staged) -> Result<(), Refused> {
        let account = &self.account.id;
        let arrival = Arrival { name, upload: staged, peer: self.peer };
        if let Err(refusal) = self.shared.mailbox.received(account, arrival).await {
            telemetry::upload_refused(account, self.peer, name, &refusal.message);
            return Err(refusal.into());
        }
        telemetry::upload_received(account, self.peer, name, staged.size());
        // A note about an earlier broken attempt is of no more use.
        let note = format!("{name}.partial");
        if let Some(claim) = self.shared.parking.claim(account, &note)
            && claim.parked().state == State::Partial
        {
            self.shared.parking.remove(account, &note, &claim);
        }
        let entry = Entry { name: name.to_owned(), size: staged.size(), modified: unix_now() };
        self.recent.remember(entry);
        Ok(())
    }

    /// Moves a complete upload away from its temporary name; nothing else can be renamed.
    pub(crate) async fn rename(&mut self, from: &str, to: &str) -> Result<(), Refused> {
        let (from, to) = match (path::resolve(from)?, path::resolve(to)?) {
            (Target::File(Folder::Inbox, from), Target::File(Folder::Inbox, to)) => (from, to),
            (Target::File(Folder::Inbox, _), _) => return Err(Refused::denied(NO_FOLDERS)),
            (Target::Nowhere, _) => return Err(Refused::missing()),
            _ => return Err(Refused::denied("only files sent to /inbox can be renamed")),
        };
        let account = self.account.id.clone();
        let shared = self.shared.clone();
        if shared.parking.entry(&account, &from).is_none() {
            self.inbox_entry(&from).await?;
            return Err(Refused::denied("the file is received already and keeps its name"));
        }
        let claim = shared
            .parking
            .claim(&account, &from)
            .ok_or_else(|| Refused::failure("another session is moving this file"))?;
        if claim.parked().state == State::Partial {
            return Err(Refused::failure("the upload is not complete; send the file again"));
        }
        if from == to {
            return Ok(());
        }
        if self.account.temporary.matches(&to) {
            return Ok(shared.parking.rename(&account, &from, &to, &claim).await?);
        }
        self.receive(&to, &claim.parked().staged).await?;
        shared.parking.remove(&account, &from, &claim);
        Ok(())
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), Refused> {
        let account = &self.account.id;
        match path::resolve(path)? {
            Target::File(Folder::Outbox, name) => {
                self.shared.mailbox.remove(account, Folder::Outbox, &name).await?;
                telemetry::outbox_removed(account, self.peer, &name);
                Ok(())
            }
            Target::File(Folder::Inbox, name) => {
                let parking = &self.shared.parking;
                if let Some(claim) = parking.claim(account, &name) {
                    parking.remove(account, &name, &claim);
                    return Ok(());
                }
                self.inbox_entry(&name).await?;
                Err(Refused::denied("the file is received already and cannot be taken back"))
            }
            Target::File(folder, name) => {
                self.shared.mailbox.entry(account, folder, &name).await?;
                Err(Refused::denied("files can be removed from /outbox only"))
            }
            Target::Nowhere => Err(Refused::missing()),
            Target::Root | Target::Folder(_) => Err(Refused::failure("it is a folder")),
        }
    }

    pub(crate) async fn stat(&self, path: &str) -> Result<FileAttributes, Refused> {
        match path::resolve(path)? {
            Target::Root | Target::Folder(_) => Ok(folder_attributes()),
            Target::File(Folder::Inbox, name) => {
                Ok(file_attributes(&self.inbox_entry(&name).await?, false))
            }
            Target::File(folder, name) => {
                let entry = self.shared.mailbox.entry(&self.account.id, folder, &name).await?;
                Ok(file_attributes(&entry, folder == Folder::Outbox))
            }
            Target::Nowhere => Err(Refused::missing()),
        }
    }

    pub(crate) fn fstat(&mut self, handle: &str) -> Result<FileAttributes, Refused> {
        Ok(match self.handles.get(handle)? {
            Open::Upload(open) => {
                let size = open.upload.size();
                file_attributes(&Entry { name: String::new(), size, modified: unix_now() }, true)
            }
            Open::Download(open) => file_attributes(&open.entry, open.removable),
            Open::Listing(_) => folder_attributes(),
        })
    }

    /// Times and permissions of what the client itself sent are accepted and not kept: `put -p` must not fail.
    pub(crate) async fn set_stat(&self, path: &str, attrs: &FileAttributes) -> Result<(), Refused> {
        let attrs = only_cosmetic(attrs);
        match path::resolve(path)? {
            Target::File(Folder::Inbox, name) => {
                self.inbox_entry(&name).await?;
                attrs
            }
            Target::Nowhere => Err(Refused::missing()),
            _ => Err(Refused::denied("attributes cannot be changed here")),
        }
    }

    pub(crate) fn set_handle_stat(
        &mut self,
        handle: &str,
        attrs: &FileAttributes,
    ) -> Result<(), Refused> {
        let size = self.handles.upload(handle)?.upload.size();
        if attrs.size.is_some_and(|wanted| wanted == size) {
            return Ok(());
        }
        only_cosmetic(attrs)
    }

    pub(crate) async fn open_listing(&mut self, path: &str) -> Result<String, Refused> {
        self.handles.check_room()?;
        let files = match path::resolve(path)? {
            Target::Root => {
                let folder = |folder: Folder| File::new(folder.as_str(), folder_attributes());
                Folder::ALL.into_iter().map(folder).collect()
            }
            Target::Folder(folder) => self.list(folder).await?,
            Target::File(..) => {
                self.stat(path).await?;
                return Err(Refused::failure("it is not a folder"));
            }
            Target::Nowhere => return Err(Refused::missing()),
        };
        Ok(self.handles.insert(Open::Listing(files.into_iter())))
    }

    async fn list(&self, folder: Folder) -> Result<Vec<File>, Refused> {
        let mut entries = match folder {
            Folder::Inbox => self.shared.parking.list(&self.account.id),
            Folder::Outbox | Folder::Processed | Folder::Rejected => Vec::new(),
        };
        let parked: BTreeSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
        let received = self.shared.mailbox.list(&self.account.id, folder).await?;
        entries.extend(received.into_iter().filter(|entry| !parked.contains(&entry.name)));
        entries.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        let removable = folder == Folder::Outbox;
        // A name that could not be asked for again is not shown.
        let askable = |entry: &Entry| path::normalise(&entry.name) == Ok(vec![&*entry.name]);
        let file = |entry: Entry| {
            let attrs = file_attributes(&entry, removable);
            File::new(entry.name, attrs)
        };
        Ok(entries.into_iter().filter(askable).map(file).collect())
    }

    pub(crate) fn read_listing(&mut self, handle: &str) -> Result<Vec<File>, Refused> {
        let Open::Listing(files) = self.handles.get(handle)? else {
            return Err(Refused::failure("the handle is not a listing"));
        };
        let page: Vec<File> = files.take(LISTING_PAGE).collect();
        if page.is_empty() { Err(Refused::end()) } else { Ok(page) }
    }

    async fn inbox_entry(&self, name: &str) -> Result<Entry, MailboxError> {
        let account = &self.account.id;
        if let Some(entry) = self.shared.parking.entry(account, name) {
            return Ok(entry);
        }
        match self.shared.mailbox.entry(account, Folder::Inbox, name).await {
            Err(MailboxError::NotFound) => self.recent.get(name).ok_or(MailboxError::NotFound),
            found => found,
        }
    }
}

fn only_cosmetic(attrs: &FileAttributes) -> Result<(), Refused> {
    if attrs.size.is_some() || attrs.uid.is_some() || attrs.gid.is_some() {
        return Err(Refused::denied("size and owner cannot be changed"));
    }
    Ok(())
}

fn folder_attributes() -> FileAttributes {
    attributes_of(0, 0o040_755, unix_now())
}

fn file_attributes(entry: &Entry, writable: bool) -> FileAttributes {
    let mode = if writable { 0o100_644 } else { 0o100_444 };
    attributes_of(entry.size, mode, entry.modified)
}

fn attributes_of(size: u64, mode: u32, modified: u32) -> FileAttributes {
    FileAttributes {
        size: Some(size),
        uid: Some(0),
        user: None,
        gid: Some(0),
        group: None,
        permissions: Some(mode),
        atime: Some(modified),
        mtime: Some(modified),
    }
}
