//! TLS with real clients, and certificates that openssl makes.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use caravan_gateway::{
    Config, Error, Gateway, Health, Holder, Identify, Presented, Tls, TlsError, Unavailable,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::CancellationToken;

use crate::world::METRICS;

struct Nobody;

#[async_trait]
impl Identify for Nobody {
    async fn identify(
        &self,
        _: Presented<'_>,
        _: Option<IpAddr>,
    ) -> Result<Option<Holder>, Unavailable> {
        Ok(None)
    }
}

/// A folder with a certificate and its key.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

const REQUEST: &str = "[req]\ndistinguished_name = dn\nx509_extensions = v3\nprompt = no\n[dn]\nCN = localhost\n\
                       [v3]\nsubjectAltName = DNS:localhost\nbasicConstraints = critical,CA:FALSE\n";

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("caravan-tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let folder = Self(path);
        std::fs::write(folder.0.join("req.cnf"), REQUEST).unwrap();
        folder.renew();
        folder
    }

    fn openssl(&self, arguments: &str) {
        let made = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(&self.0)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Another pair, as other files; `install` puts one in its place.
    fn make(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -config req.cnf -keyout {name}-key.pem -out {name}.pem"
        ));
    }

    fn renew(&self) {
        self.make("new");
        self.copy("new-key.pem", "key.pem");
        self.copy("new.pem", "cert.pem");
    }

    /// Puts a file in another's place at once, as tools that renew certificates do.
    fn copy(&self, from: &str, to: &str) {
        let beside = self.0.join("beside");
        std::fs::copy(self.0.join(from), &beside).unwrap();
        std::fs::rename(beside, self.0.join(to)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn tls(&self) -> Tls {
        let mut tls = Tls::new(self.path("cert.pem"), self.path("key.pem"));
        tls.reload = Duration::from_millis(5);
        tls
    }
}

struct Served(std::net::SocketAddr, CancellationToken);

impl Drop for Served {
    fn drop(&mut self) {
        self.1.cancel();
    }
}

async fn bind(tls: Tls) -> Result<Gateway, Error> {
    let mut config = Config::new("127.0.0.1:0".parse().unwrap());
    config.tls = Some(tls);
    let health = Health { checks: Vec::new(), metrics: METRICS.clone() };
    Gateway::bind(config, Arc::new(Nobody), Vec::new(), health).await
}

async fn serve(tls: Tls) -> Served {
    let gateway = bind(tls).await.unwrap();
    let (address, stop) = (gateway.local_addr(), CancellationToken::new());
    tokio::spawn(gateway.serve(stop.clone()));
    Served(address, stop)
}

/// A connection of somebody who trusts this certificate and no other.
async fn connect(
    served: &Served,
    trusted: &Path,
    alpn: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let stream = TcpStream::connect(served.0).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// One request over a connection that stays open, and its answer's first bytes.
async fn ask(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut text = String::new();
    while !text.ends_with("ok\n") {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0, "cut short: {text}");
        text.push_str(str::from_utf8(&bytes[..read]).unwrap());
    }
    text
}

async fn curl(served: &Served, folder: &Folder, more: &[&str]) -> std::process::Output {
    let port = served.0.port();
    tokio::process::Command::new("curl")
        .args(["-sS", "-i", "--noproxy", "*", "--cacert"])
        .arg(folder.path("cert.pem"))
        .args(["--resolve", &format!("localhost:{port}:127.0.0.1")])
        .args(more)
        .arg(format!("https://localhost:{port}/nothing"))
        .output()
        .await
        .unwrap()
}

#[tokio::test]
async fn curl_is_served_over_both_versions_of_http_and_told_to_keep_to_https() {
    let folder = Folder::new("curl");
    let served = serve(folder.tls()).await;
    for (version, line) in [("--http2", "HTTP/2 404"), ("--http1.1", "HTTP/1.1 404 Not Found")] {
        for tls in [["--tlsv1.3", "--tls-max", "1.3"], ["--tlsv1.2", "--tls-max", "1.2"]] {
            let answer = curl(&served, &folder, &[&[version][..], &tls].concat()).await;
            let text = String::from_utf8_lossy(&answer.stdout).to_ascii_lowercase();
            assert!(text.starts_with(&line.to_ascii_lowercase()), "{version} {tls:?}: {answer:?}");
            assert!(text.contains("strict-transport-security: max-age=31536000"), "{text}");
        }
    }
    let plain = TcpStream::connect(served.0).await.unwrap();
    let (mut read, mut write) = plain.into_split();
    write.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    // A reset says the same as an end.
    let _ended = read.read_to_end(&mut bytes).await;
    assert!(!String::from_utf8_lossy(&bytes).contains("HTTP"), "plain http was answered");
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_no_connection_is_lost() {
    let folder = Folder::new("reload");
    folder.copy("cert.pem", "first.pem");
    let served = serve(folder.tls()).await;
    let first = folder.path("first.pem");
    let mut before = connect(&served, &first, "http/1.1").await.unwrap();
    assert!(ask(&mut before).await.starts_with("HTTP/1.1 200"));

    // A pair that does not fit is not taken, and what was served before goes on.
    folder.make("other");
    folder.copy("other.pem", "cert.pem");
    for _ in 0..20 {
        connect(&served, &first, "h2").await.unwrap();
    }

    folder.copy("other-key.pem", "key.pem");
    let second = folder.path("other.pem");
    while connect(&served, &second, "http/1.1").await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!(connect(&served, &first, "http/1.1").await.is_err(), "the old one is served as well");
    assert!(ask(&mut before).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_pair_that_cannot_work_says_what_and_where() {
    let folder = Folder::new("bad");
    let path = |name: &str| folder.path(name);
    let failed = async |certificate: &str, key: &str| {
        let Error::Tls(error) = bind(Tls::new(path(certificate), path(key))).await.unwrap_err()
        else {
            panic!("another error")
        };
        error
    };
    folder.make("other");
    folder.openssl("req -new -key key.pem -config req.cnf -out request.pem");
    folder.openssl("x509 -req -in request.pem -signkey key.pem -days -1 -out expired.pem");

    let error = failed("cert.pem", "other-key.pem").await;
    assert!(matches!(&error, TlsError::Mismatch { .. }), "{error:?}");
    assert!(error.to_string().contains("other-key.pem"), "{error}");
    let error = failed("expired.pem", "key.pem").await;
    assert!(matches!(&error, TlsError::NotNow { .. }), "{error:?}");
    assert!(error.to_string().contains("expired.pem"), "{error}");
    assert!(matches!(failed("missing.pem", "key.pem").await, TlsError::Read { .. }));
    assert!(matches!(failed("key.pem", "key.pem").await, TlsError::NoCertificate(_)));
    assert!(matches!(failed("cert.pem", "cert.pem").await, TlsError::NoKey(_)));
}

#[tokio::test]
async fn peers_that_say_nothing_hold_few_places_and_not_for_long() {
    let folder = Folder::new("silent");
    let mut tls = folder.tls();
    tls.handshakes_max = 1;
    let served = serve(tls.clone()).await;
    let _silent = TcpStream::connect(served.0).await.unwrap();
    let mut second = TcpStream::connect(served.0).await.unwrap();
    // Who is hung up on reads the end; one that had a place would wait for ever.
    assert_eq!(second.read(&mut [0; 8]).await.unwrap(), 0);

    tls.handshake_timeout = Duration::from_millis(5);
    let served = serve(tls).await;
    let mut silent = TcpStream::connect(served.0).await.unwrap();
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap(), 0);
    while connect(&served, &folder.path("cert.pem"), "h2").await.is_err() {
        tokio::task::yield_now().await;
    }
}
