//! One SFTP session: takes request after request, in order, until the client, the clock or the operator ends it.
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use russh::Channel;
use russh::server::Msg;
use russh_sftp::de;
use russh_sftp::extensions::{FsyncExtension, HardlinkExtension, LimitsExtension};
use russh_sftp::protocol::{Attrs, ExtendedReply, FileAttributes, Handle, Name, Packet, Version};
use russh_sftp::ser;
use tokio::time::timeout;

use crate::answer::{self, Answer, Refused};
use crate::connection::Login;
use crate::handles::Handles;
use crate::mailbox::{Account, Entry};
use crate::parking::State;
use crate::path;
use crate::server::Shared;
use crate::telemetry::{self, SessionEnd};
use crate::transport::{PACKET_BYTES_MAX, READ_BYTES_MAX, Transport};

const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSYNC: &str = russh_sftp::extensions::FSYNC;
const LIMITS: &str = russh_sftp::extensions::LIMITS;

/// Files received in this session that are remembered for STAT.
const RECENT_MAX: usize = 256;

/// A logged-in partner at work.
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) account: Account,
    pub(crate) peer: IpAddr,
    pub(crate) handles: Handles,
    pub(crate) recent: Recent,
}

/// Runs the session on its channel; returns when it is over and its unfinished uploads are put aside.
pub(crate) async fn run(shared: Arc<Shared>, login: Login, peer: IpAddr, channel: Channel<Msg>) {
    let Login { account, user, place: _place } = login;
    let mut transport = Transport::start(channel, shared.config.write_timeout);
    let handles = Handles::new(shared.config.handles_max);
    let started = telemetry::session_started(&account.id, &user, peer);
    let mut session = Session { shared, account, peer, handles, recent: Recent::default() };
    let end = session.answer_all(&mut transport).await;
    session.put_aside().await;
    transport.finish().await;
    started.ended(end);
}

impl Session {
    async fn answer_all(&mut self, transport: &mut Transport) -> SessionEnd {
        let idle = self.shared.config.idle_timeout;
        let shutdown = self.shared.shutdown.clone();
        let mut greeted = false;
        loop {
            // An upload under way may go on after the shutdown signal, until the drain time cuts the connection.
            let request = tokio::select! {
                biased;
                () = shutdown.cancelled(), if !self.handles.uploading() => return SessionEnd::Shutdown,
                request = timeout(idle, transport.next()) => request,
            };
            let request = match request {
                Ok(Some(request)) => request,
                Ok(None) => return SessionEnd::Client,
                Err(_) => return SessionEnd::Idle,
            };
            let reply = match decode(request) {
                Decoded::Packet(Packet::Init(_)) if !greeted => {
                    greeted = true;
                    greeting()
                }
                Decoded::Packet(Packet::Init(_)) => return SessionEnd::Protocol,
                _ if !greeted => return SessionEnd::Protocol,
                Decoded::Packet(packet) => self.answer(packet).await,
                Decoded::Malformed(id) => {
                    Refused::bad_message("the request is malformed or not UTF-8").into_packet(id)
                }
            };
            let Some(reply) = answer::encode(reply) else { return SessionEnd::Protocol };
            if transport.send(reply).await.is_err() {
                return SessionEnd::Client;
            }
        }
    }

    async fn answer(&mut self, packet: Packet) -> Packet {
        let id = packet.get_request_id();
        let answer = self.dispatch(id, packet).await;
        answer.unwrap_or_else(|refused| {
            telemetry::request_refused(&self.account.id, self.peer, &refused);
            refused.into_packet(id)
        })
    }

    async fn dispatch(&mut self, id: u32, packet: Packet) -> Answer {
        match packet {
            Packet::Open(open) => {
                let handle = self.open(&open.filename, open.pflags).await?;
                Ok(Packet::Handle(Handle { id, handle }))
            }
            Packet::Close(close) => self.close(&close.handle).await.map(|()| answer::ok(id)),
            Packet::Read(read) => self.read(id, &read.handle, read.offset, read.len).await,
            Packet::Write(write) => {
                self.write(&write.handle, write.offset, &write.data).await.map(|()| answer::ok(id))
            }
            Packet::Stat(stat) => self.stat(&stat.path).await.map(|attrs| attributes(id, attrs)),
            Packet::Lstat(stat) => self.stat(&stat.path).await.map(|attrs| attributes(id, attrs)),
            Packet::Fstat(stat) => self.fstat(&stat.handle).map(|attrs| attributes(id, attrs)),
            Packet::SetStat(set) => {
                self.set_stat(&set.path, &set.attrs).await.map(|()| answer::ok(id))
            }
            Packet::FSetStat(set) => {
                self.set_handle_stat(&set.handle, &set.attrs).map(|()| answer::ok(id))
            }
            Packet::OpenDir(dir) => {
                let handle = self.open_listing(&dir.path).await?;
                Ok(Packet::Handle(Handle { id, handle }))
            }
            Packet::ReadDir(dir) => {
                let files = self.read_listing(&dir.handle)?;
                Ok(Packet::Name(Name { id, files }))
            }
            Packet::Remove(remove) => self.remove(&remove.filename).await.map(|()| answer::ok(id)),
            Packet::Rename(rename) => {
                self.rename(&rename.oldpath, &rename.newpath).await.map(|()| answer::ok(id))
            }
            Packet::RealPath(real) => {
                let file = russh_sftp::protocol::File::dummy(path::canonical(&real.path)?);
                Ok(Packet::Name(Name { id, files: vec![file] }))
            }
            Packet::Extended(extended) => self.extended(id, &extended.request, extended.data).await,
            Packet::MkDir(_) | Packet::RmDir(_) => {
                Err(Refused::denied("the folders are fixed: inbox, outbox, processed, rejected"))
            }
            Packet::Symlink(_) | Packet::ReadLink(_) => {
                Err(Refused::unsupported("there are no links here"))
            }
            _ => Err(Refused::unsupported("the server does not know this request")),
        }
    }

    async fn extended(&mut self, id: u32, request: &str, data: Vec<u8>) -> Answer {
        let mut data = Bytes::from(data);
        match request {
            POSIX_RENAME => {
                // The same two strings as hardlink@openssh.com carries.
                let paths: HardlinkExtension = decode_data(&mut data)?;
                self.rename(&paths.oldpath, &paths.newpath).await.map(|()| answer::ok(id))
            }
            FSYNC => {
                let fsync: FsyncExtension = decode_data(&mut data)?;
                self.handles.upload(&fsync.handle)?.upload.sync().await?;
                Ok(answer::ok(id))
            }
            LIMITS => {
                let limits = LimitsExtension {
                    max_packet_len: u64::try_from(PACKET_BYTES_MAX).unwrap_or(u64::MAX),
                    max_read_len: u64::from(READ_BYTES_MAX),
                    max_write_len: u64::from(READ_BYTES_MAX),
                    max_open_handles: u64::try_from(self.shared.config.handles_max)
                        .unwrap_or(u64::MAX),
                };
                let data = ser::to_bytes(&limits)
                    .map_err(|_| Refused::failure("the limits could not be encoded"))?;
                Ok(Packet::ExtendedReply(ExtendedReply { id, data: data.to_vec() }))
            }
            _ => Err(Refused::unsupported("the server does not know this extension")),
        }
    }

    /// What was open when the session ended is incomplete: kept as a note for the partner, never processed.
    async fn put_aside(&mut self) {
        for open in self.handles.abandon() {
            telemetry::upload_abandoned(
                &self.account.id,
                self.peer,
                &open.name,
                open.upload.size(),
            );
            let note = format!("{}.partial", open.name);
            if open.failed.is_some() || path::normalise(&note).is_err() {
                continue;
            }
            let parked = match open.upload.finish().await {
                Ok(staged) => {
                    let parking = &self.shared.parking;
                    parking.park(&self.account.id, &note, staged, State::Partial).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = parked {
                telemetry::store_failed(&error);
            }
        }
    }
}

enum Decoded {
    Packet(Packet),
    /// Not a request that we can read; the id is zero when not even that was there.
    Malformed(u32),
}

fn decode(mut request: Bytes) -> Decoded {
    let mut head = request.clone();
    match Packet::try_from(&mut request) {
        Ok(packet) => Decoded::Packet(packet),
        // The client waits for an answer with its own id, which comes right after the type byte.
        Err(_) => {
            head.advance(1.min(head.len()));
            Decoded::Malformed(head.try_get_u32().unwrap_or_default())
        }
    }
}

fn decode_data<T: serde::de::DeserializeOwned>(data: &mut Bytes) -> Result<T, Refused> {
    de::from_bytes(data).map_err(|_| Refused::bad_message("the extension's data is malformed"))
}

fn greeting() -> Packet {
    let mut version = Version::new();
    for extension in [POSIX_RENAME, FSYNC, LIMITS] {
        version.extensions.insert(extension.to_owned(), "1".to_owned());
    }
    Packet::Version(version)
}

fn attributes(id: u32, attrs: FileAttributes) -> Packet {
    Packet::Attrs(Attrs { id, attrs })
}

/// Files received in this session. The hub may move a file on within a millisecond, but clients (paramiko's `put`)
/// ask for its size right after the CLOSE and call a missing file a failed upload.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    entries: HashMap<String, Entry>,
    order: VecDeque<String>,
}

impl Recent {
    pub(crate) fn remember(&mut self, entry: Entry) {
        if self.entries.insert(entry.name.clone(), entry.clone()).is_some() {
            return;
        }
        self.order.push_back(entry.name);
        if self.order.len() > RECENT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Entry> {
        self.entries.get(name).cloned()
    }
}
