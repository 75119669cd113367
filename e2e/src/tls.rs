//! A party that speaks TLS: a certificate that openssl makes, and a front that carries its connections to a simulator.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::wrong::{Wrong, ensure};

/// A certificate for 127.0.0.1 and its key, for two days.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) path: PathBuf,
    key: PathBuf,
}

impl Certificate {
    pub(crate) async fn make(folder: &Path, name: &str) -> Result<Self, Wrong> {
        let (path, key) =
            (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key.pem")));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        command.args(["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]);
        command.args(["-addext", "subjectAltName=IP:127.0.0.1"]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        command.arg("-keyout").arg(&key).arg("-out").arg(&path);
        let made = command.output().await?;
        ensure(made.status.success(), || {
            format!("openssl: {}", String::from_utf8_lossy(&made.stderr).trim())
        })?;
        Ok(Self { path, key })
    }

    fn server(&self) -> Result<ServerConfig, Wrong> {
        let wrong = |what: &dyn std::fmt::Display| Wrong(format!("a certificate: {what}"));
        let chain = CertificateDer::from_pem_file(&self.path).map_err(|error| wrong(&error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| wrong(&error))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?;
        config
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .map_err(|error| wrong(&error))
    }

    /// Serves with this certificate what `behind` (host and port) answers, until the process ends; the address to call.
    pub(crate) async fn front(&self, behind: &str) -> Result<String, Wrong> {
        let acceptor = TlsAcceptor::from(Arc::new(self.server()?));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://{}", listener.local_addr()?);
        let behind = behind.to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(acceptor.clone(), stream, behind.clone()));
            }
        });
        Ok(url)
    }
}

/// A caller that does not trust the certificate goes away here.
async fn carry(acceptor: TlsAcceptor, stream: TcpStream, behind: String) -> std::io::Result<()> {
    let mut outside = acceptor.accept(stream).await?;
    let mut inside = TcpStream::connect(behind).await?;
    tokio::io::copy_bidirectional(&mut outside, &mut inside).await.map(drop)
}
