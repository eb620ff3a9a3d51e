//! An HTTP server that answers what it is told, byte for byte.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Listens until dropped by the process; each request gets the next answer, then connections are closed.
pub struct Stub {
    url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    connections: usize,
}

/// A well-formed answer with a length.
pub fn answer(status: u16, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

impl Stub {
    /// Gives these answers, one a request, then stops listening.
    pub fn new(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        Self::serve(move |listener, seen| {
            let mut answers = answers.into_iter().peekable();
            while answers.peek().is_some() {
                let Ok((mut stream, _)) = listener.accept() else { return };
                seen.lock().unwrap().connections += 1;
                while let Some(request) = answers.peek().and_then(|_| request(&stream)) {
                    seen.lock().unwrap().requests.push(request);
                    let answer = answers.next().unwrap();
                    let whole = answer.starts_with(b"HTTP/1.1 ") && ends(&answer);
                    let _ = stream.write_all(&answer);
                    if !whole {
                        break;
                    }
                }
            }
        })
    }

    /// Answers with `head` and then with `piece` again and again until the client goes away.
    pub fn endless(head: String, piece: Vec<u8>) -> Self {
        Self::serve(move |listener, _| {
            let Ok((mut stream, _)) = listener.accept() else { return };
            request(&stream);
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(&piece).is_ok() {}
        })
    }

    /// Takes a connection, says this unasked, and nothing more.
    pub fn greeting(bytes: &'static [u8]) -> Self {
        Self::serve(move |listener, _| {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = stream.write_all(bytes);
            let _ = stream.read_to_end(&mut Vec::new());
        })
    }

    /// Answers one question over TLS with a certificate of its own, which comes back as PEM.
    pub fn tls(answer: Vec<u8>) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut stub = Self::serve(move |listener, _| {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            let mut tls = rustls::Stream::new(&mut tls, &mut stream);
            let _ = tls.read(&mut [0; 4096]).and_then(|_| tls.write_all(&answer));
            tls.conn.send_close_notify();
            let _ = tls.flush();
        });
        stub.url = stub.url.replace("http:", "https:");
        (stub, made.cert.pem())
    }

    /// An address where nobody listens.
    pub fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    fn serve(script: impl FnOnce(TcpListener, &Mutex<Seen>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let theirs = Arc::clone(&seen);
        thread::spawn(move || script(listener, &theirs));
        Self { url, seen }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn asked(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

/// The same in pieces, as a server sends what it makes bit by bit.
pub fn chunked(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n";
    format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes()
}

/// Whether the answer has the length it says.
fn ends(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    if text.contains("\r\ntransfer-encoding: chunked\r\n") {
        return text.ends_with("\r\n0\r\n\r\n");
    }
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    head.contains(&format!("content-length: {}", body.len()))
}

/// A request's head and body; `None` when the client has gone.
fn request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    text.push_str(&String::from_utf8_lossy(&body));
    Some(text)
}
