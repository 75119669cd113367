//! Packets that ordinary clients do not send, over russh's client.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use caravan_hub_sftp::Folder;
use russh::client::{self, Handle, Msg};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{ChannelStream, client::Handler};
use russh_sftp::protocol::{
    Close, FileAttributes, Init, Open, OpenFlags, Packet, Read, StatusCode, Symlink, Write,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::{World, eventually, noise};

struct Trusting;

impl Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        _key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

struct Client {
    ssh: Handle<Trusting>,
    stream: ChannelStream<Msg>,
    next: u32,
}

async fn login(world: &World) -> Handle<Trusting> {
    // The client must be able to hold every answer that it has not asked for yet.
    let config = client::Config { channel_buffer_size: 100_000, ..client::Config::default() };
    let config = Arc::new(config);
    let mut ssh = client::connect(config, ("127.0.0.1", world.port), Trusting).await.unwrap();
    let key = Arc::new(load_secret_key(world.path("alice"), None).unwrap());
    let key = PrivateKeyWithHashAlg::new(key, None);
    assert!(ssh.authenticate_publickey("alice", key).await.unwrap().success());
    ssh
}

impl Client {
    async fn connect(world: &World) -> Self {
        let ssh = login(world).await;
        let channel = ssh.channel_open_session().await.unwrap();
        channel.request_subsystem(true, "sftp").await.unwrap();
        let mut client = Self { ssh, stream: channel.into_stream(), next: 0 };
        client.send(Init::new().into()).await;
        assert!(matches!(client.receive().await, Packet::Version(_)));
        client
    }

    async fn send(&mut self, packet: Packet) {
        let bytes = Bytes::try_from(packet).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn receive(&mut self) -> Packet {
        let receive = async {
            let length = self.stream.read_u32().await.unwrap();
            assert!(length <= 256 << 10, "an answer of {length} bytes");
            let mut packet = vec![0; length as usize];
            self.stream.read_exact(&mut packet).await.unwrap();
            Packet::try_from(&mut Bytes::from(packet)).unwrap()
        };
        timeout(Duration::from_secs(20), receive).await.expect("no answer")
    }

    fn id(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    async fn open(&mut self, filename: &str, pflags: OpenFlags) -> Packet {
        let (id, attrs) = (self.id(), FileAttributes::empty());
        self.send(Open { id, filename: filename.to_owned(), pflags, attrs }.into()).await;
        self.receive().await
    }

    async fn create(&mut self, name: &str) -> String {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
        handle(self.open(name, flags).await)
    }

    async fn read(&mut self, handle: &str, offset: u64, len: u32) -> Packet {
        let id = self.id();
        self.send(Read { id, handle: handle.to_owned(), offset, len }.into()).await;
        self.receive().await
    }

    async fn write(&mut self, handle: &str, offset: u64, data: &[u8]) -> StatusCode {
        let id = self.id();
        let data = data.to_vec();
        self.send(Write { id, handle: handle.to_owned(), offset, data }.into()).await;
        code(self.receive().await)
    }

    async fn close(&mut self, handle: &str) -> StatusCode {
        let id = self.id();
        self.send(Close { id, handle: handle.to_owned() }.into()).await;
        code(self.receive().await)
    }
}

#[track_caller]
fn handle(packet: Packet) -> String {
    match packet {
        Packet::Handle(handle) => handle.handle,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn code(packet: Packet) -> StatusCode {
    match packet {
        Packet::Status(status) => status.status_code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_of_four_gigabytes_gets_one_packet() {
    let world = World::start().await;
    let bytes = Bytes::from(noise(1 << 20));
    world.mailbox.put("alice", Folder::Outbox, "big", &bytes);
    let mut client = Client::connect(&world).await;
    let file = handle(client.open("/outbox/big", OpenFlags::READ).await);
    match client.read(&file, 10, u32::MAX).await {
        Packet::Data(data) => assert!(data.data == bytes[10..10 + 261_120]),
        other => panic!("{other:?}"),
    }
    assert_eq!(code(client.read(&file, 1 << 20, u32::MAX).await), StatusCode::Eof);
    assert_eq!(code(client.read(&file, u64::MAX, 1).await), StatusCode::Eof);
    assert_eq!(client.write(&file, 0, b"x").await, StatusCode::PermissionDenied);
    assert_eq!(client.close(&file).await, StatusCode::Ok);
    assert_eq!(code(client.read(&file, 0, 1).await), StatusCode::Failure, "stale handle");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_reads_ahead_do_not_hang() {
    const READS: u32 = 5000;
    let world = World::start().await;
    let bytes = Bytes::from(noise(16 << 20));
    world.mailbox.put("alice", Folder::Outbox, "big", &bytes);
    let mut client = Client::connect(&world).await;
    let file = handle(client.open("/outbox/big", OpenFlags::READ).await);
    // All requests are written before the first answer is read.
    for number in 0..READS {
        let offset = u64::from(number) * 3000;
        let read = Read { id: number, handle: file.clone(), offset, len: 3000 };
        timeout(Duration::from_secs(20), client.send(read.into())).await.expect("server stalls");
    }
    for number in 0..READS {
        let Packet::Data(data) = client.receive().await else { panic!("not data") };
        let start = number as usize * 3000;
        assert_eq!(data.id, number);
        assert!(data.data == bytes[start..start + 3000]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_takes_the_file_with_it() {
    let world = World::start().await;
    let mut client = Client::connect(&world).await;
    let file = client.create("/inbox/a.edi").await;
    assert_eq!(client.write(&file, 0, b"abc").await, StatusCode::Ok);
    assert_eq!(client.write(&file, 1, b"XYZ").await, StatusCode::Ok);
    assert_eq!(client.write(&file, 5, b"!").await, StatusCode::Failure);
    assert_eq!(client.write(&file, 4, b"!").await, StatusCode::Failure, "it stays failed");
    assert_eq!(client.close(&file).await, StatusCode::Failure);
    assert_eq!(world.mailbox.received(), []);
    assert_eq!(world.staged_files(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_opens_and_links_are_refused() {
    let world = World::start().await;
    world.mailbox.put("alice", Folder::Inbox, "there", &Bytes::from_static(b"x"));
    let mut client = Client::connect(&world).await;
    let write = OpenFlags::WRITE | OpenFlags::CREATE;
    for (path, flags, expected) in [
        ("/inbox/a", write | OpenFlags::APPEND, StatusCode::OpUnsupported),
        ("/inbox/a", OpenFlags::WRITE, StatusCode::NoSuchFile),
        ("/inbox/there", write | OpenFlags::EXCLUDE, StatusCode::Failure),
        ("/outbox/a", write, StatusCode::PermissionDenied),
        ("/inbox", write, StatusCode::Failure),
        ("/", OpenFlags::READ, StatusCode::Failure),
        ("/inbox/a\0b", write, StatusCode::PermissionDenied),
        ("/inbox/..\\x", write, StatusCode::PermissionDenied),
        ("/x/y/z", write, StatusCode::PermissionDenied),
        ("/x/y/z", OpenFlags::READ, StatusCode::NoSuchFile),
    ] {
        assert_eq!(code(client.open(path, flags).await), expected, "{path:?} {flags:?}");
    }
    let link =
        Symlink { id: 7, linkpath: "/inbox/l".to_owned(), targetpath: "/etc/passwd".to_owned() };
    client.send(link.into()).await;
    assert_eq!(code(client.receive().await), StatusCode::OpUnsupported);

    // OPEN with id 99 and a name that is not UTF-8.
    let open = [0, 0, 0, 19, 3, 0, 0, 0, 99, 0, 0, 0, 2, 0xff, 0xfe, 0, 0, 0, 1, 0, 0, 0, 0];
    client.stream.write_all(&open).await.unwrap();
    match client.receive().await {
        Packet::Status(status) => {
            assert_eq!((status.id, status.status_code), (99, StatusCode::PermissionDenied));
        }
        other => panic!("{other:?}"),
    }
    // OPEN with id 98 that ends in the middle of its name.
    client.stream.write_all(&[0, 0, 0, 10, 3, 0, 0, 0, 98, 0, 0, 0, 9, b'x']).await.unwrap();
    match client.receive().await {
        Packet::Status(status) => {
            assert_eq!((status.id, status.status_code), (98, StatusCode::BadMessage));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(code(client.open("/inbox/none", OpenFlags::READ).await), StatusCode::NoSuchFile);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_of_absurd_length_ends_the_session() {
    let world = World::start().await;
    let mut client = Client::connect(&world).await;
    client.stream.write_all(&[0xff; 64]).await.unwrap();
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(20), client.stream.read_to_end(&mut rest)).await;
    assert_eq!(ended.expect("still open").unwrap(), 0);
    Client::connect(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handles_channels_and_sessions_are_counted() {
    let world = World::with(|config| config.sessions_per_account_max = 2).await;
    let mut client = Client::connect(&world).await;
    for number in 0..64 {
        client.create(&format!("/inbox/{number}")).await;
    }
    let flags = OpenFlags::WRITE | OpenFlags::CREATE;
    assert_eq!(code(client.open("/inbox/64", flags).await), StatusCode::Failure);
    assert_eq!(client.close("h1").await, StatusCode::Ok);
    client.create("/inbox/64").await;
    assert!(client.ssh.channel_open_session().await.is_err(), "one channel per connection");

    let second = Client::connect(&world).await;
    assert!(login(&world).await.channel_open_session().await.is_err(), "a third session");
    drop(second);
    let ended = async { while login(&world).await.channel_open_session().await.is_err() {} };
    timeout(Duration::from_secs(20), ended).await.expect("the place is given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_requests_is_ended() {
    let world = World::with(|config| config.idle_timeout = Duration::from_millis(100)).await;
    let mut client = Client::connect(&world).await;
    client.create("/inbox/a.edi").await;
    let mut rest = Vec::new();
    drop(timeout(Duration::from_secs(20), client.stream.read_to_end(&mut rest)).await.unwrap());
    assert_eq!(world.mailbox.received(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_strangers_are_cut_and_counted() {
    let world = World::with(|config| {
        config.login_grace = Duration::from_millis(300);
        config.pre_auth_per_ip_max = 2;
    })
    .await;
    let mut silent = TcpStream::connect(("127.0.0.1", world.port)).await.unwrap();
    let mut stalling = TcpStream::connect(("127.0.0.1", world.port)).await.unwrap();
    stalling.write_all(b"SSH-2.0-Stall\r\n").await.unwrap();
    let mut banner = [0; 4];
    for stream in [&mut silent, &mut stalling] {
        stream.read_exact(&mut banner).await.unwrap();
        assert_eq!(&banner, b"SSH-");
    }
    let mut third = TcpStream::connect(("127.0.0.1", world.port)).await.unwrap();
    assert_eq!(third.read(&mut banner).await.unwrap_or(0), 0, "over the limit of strangers");

    for stream in [&mut silent, &mut stalling] {
        let mut rest = Vec::new();
        let cut = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        drop(cut.expect("still connected"));
    }
    let ended = async { while login_fails(&world).await {} };
    timeout(Duration::from_secs(20), ended).await.expect("places are given back");
}

async fn login_fails(world: &World) -> bool {
    let config = Arc::new(client::Config::default());
    client::connect(config, ("127.0.0.1", world.port), Trusting).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_lets_an_upload_finish() {
    let world = World::start().await;
    let mut idle = Client::connect(&world).await;
    let mut client = Client::connect(&world).await;
    let file = client.create("/inbox/a.edi").await;
    assert_eq!(client.write(&file, 0, b"ab").await, StatusCode::Ok);
    world.shutdown.cancel();
    let mut rest = Vec::new();
    drop(timeout(Duration::from_secs(20), idle.stream.read_to_end(&mut rest)).await.unwrap());
    assert!(TcpStream::connect(("127.0.0.1", world.port)).await.is_err(), "no new connections");
    assert_eq!(client.write(&file, 2, b"c").await, StatusCode::Ok);
    assert_eq!(client.close(&file).await, StatusCode::Ok);
    assert_eq!(world.mailbox.received()[0].1, b"abc"[..]);
    timeout(Duration::from_secs(20), world.running).await.expect("run returns").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_cuts_an_upload_that_does_not_finish() {
    let world = World::with(|config| config.drain = Duration::from_millis(50)).await;
    let mut client = Client::connect(&world).await;
    let file = client.create("/inbox/a.edi").await;
    assert_eq!(client.write(&file, 0, b"ab").await, StatusCode::Ok);
    world.shutdown.cancel();
    eventually(|| world.running.is_finished()).await;
    assert_eq!(world.mailbox.received(), []);
}
