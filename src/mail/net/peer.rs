//! A mail server's side of one connection, for the tests of SMTP and POP3.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

/// A connection, seen from the server.
pub struct Peer<S = TcpStream>(pub BufReader<S>);

impl<S: Read + Write> Peer<S> {
    /// Says it, whether or not anybody is there to hear.
    pub fn say(&mut self, text: &str) {
        let _ = self.0.get_mut().write_all(text.as_bytes());
        let _ = self.0.get_mut().flush();
    }

    /// The next line; empty at the end.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        let _ = self.0.read_line(&mut line);
        line.trim_end().to_owned()
    }
}

impl Peer {
    /// The same connection, encrypted from here on.
    pub fn encrypted(self, config: Arc<ServerConfig>) -> Peer<StreamOwned<ServerConnection, TcpStream>> {
        let connection = ServerConnection::new(config).unwrap();
        Peer(BufReader::new(StreamOwned::new(connection, self.0.into_inner())))
    }
}

/// A certificate for `localhost`, as the server's configuration and as a file to trust.
pub fn certificate() -> (Arc<ServerConfig>, tempfile::NamedTempFile) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(made.cert.pem().as_bytes()).unwrap();
    (Arc::new(config), file)
}
