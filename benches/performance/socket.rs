//! A WebSocket client that costs as little as it can (RFC 6455): frames in one buffer, the mask all zeros.

use std::net::SocketAddr;

use anyhow::{Result, bail, ensure};
use chmail::wire::frame::{ClientFrame, ServerFrame};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What was read and not yet looked at.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Inbox {
    /// With room for `size` bytes; grows for a larger frame.
    pub fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], from: 0, to: 0 }
    }

    /// The next whole frame: its opcode and payload.
    pub fn frame(&mut self) -> Option<(u8, &[u8])> {
        let waiting = &self.bytes[self.from..self.to];
        let (head, length) = match waiting {
            [_, 126, a, b, ..] => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            [_, 127, rest @ ..] if rest.len() >= 8 => {
                (10, rest[..8].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
            }
            [_, length @ 0..=125, ..] => (2, usize::from(*length)),
            _ => return None,
        };
        if waiting.len() < head + length {
            return None;
        }
        let (opcode, start) = (waiting[0] & 0x0f, self.from + head);
        self.from = start + length;
        Some((opcode, &self.bytes[start..start + length]))
    }

    /// The number of whole lines that wait; they are gone then.
    pub fn lines(&mut self) -> usize {
        let waiting = &self.bytes[self.from..self.to];
        let count = memchr::memchr_iter(b'\n', waiting).count();
        self.from += memchr::memrchr(b'\n', waiting).map_or(0, |last| last + 1);
        count
    }

    /// Reads some more.
    pub async fn fill(&mut self, stream: &mut TcpStream) -> Result<()> {
        self.bytes.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        if self.to == self.bytes.len() {
            self.bytes.resize(2 * self.to, 0);
        }
        let read = stream.read(&mut self.bytes[self.to..]).await?;
        ensure!(read > 0, "the server hung up");
        self.to += read;
        Ok(())
    }
}

/// One connection to `/v1/live`.
#[derive(Debug)]
pub struct Socket {
    /// The connection.
    pub stream: TcpStream,
    /// What came.
    pub inbox: Inbox,
}

impl Socket {
    /// Opens one.
    pub async fn open(address: SocketAddr, buffer: usize) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        Self::upgrade(stream, &format!("Host: {address}\r\n"), buffer).await
    }

    /// Opens one as a page of the server `host` does, over a connection that was made.
    pub async fn open_page(stream: TcpStream, host: SocketAddr, buffer: usize) -> Result<Self> {
        Self::upgrade(stream, &format!("Host: {host}\r\nOrigin: http://{host}\r\n"), buffer).await
    }

    async fn upgrade(mut stream: TcpStream, fields: &str, buffer: usize) -> Result<Self> {
        stream.set_nodelay(true)?;
        let ask = format!(
            "GET /v1/live HTTP/1.1\r\n{fields}Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await?;
        // The server says nothing more before `hello`.
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            ensure!(stream.read_buf(&mut answer).await? > 0, "the server hung up");
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        ensure!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        Ok(Self { stream, inbox: Inbox::new(buffer) })
    }

    /// Says a frame.
    pub async fn say(&mut self, frame: &ClientFrame) -> Result<()> {
        let mut bytes = Vec::new();
        put(&mut bytes, serde_json::to_string(frame)?.as_bytes());
        Ok(self.stream.write_all(&bytes).await?)
    }

    /// The next frame the server says; answers what asks whether one is there.
    pub async fn next(&mut self) -> Result<ServerFrame> {
        loop {
            match self.inbox.frame() {
                Some((TEXT, text)) => return Ok(serde_json::from_slice(text)?),
                Some((PING, _)) => self.stream.write_all(&[0x80 | PONG, 0x80, 0, 0, 0, 0]).await?,
                Some((CLOSE, why)) => bail!("closed: {}", String::from_utf8_lossy(why)),
                Some(_) => {}
                None => self.inbox.fill(&mut self.stream).await?,
            }
        }
    }

    /// Waits for a frame that is `wanted`; an error of the server ends the wait.
    pub async fn wait<T>(&mut self, mut wanted: impl FnMut(ServerFrame) -> Option<T>) -> Result<T> {
        loop {
            match self.next().await? {
                ServerFrame::Error(error) => bail!("{error:?}"),
                frame => {
                    if let Some(found) = wanted(frame) {
                        return Ok(found);
                    }
                }
            }
        }
    }
}

/// Writes a client's text frame (RFC 6455 §5.2). A mask must be hard to guess (§5.3) where a script chooses the
/// payload and a proxy may be fooled; neither is here, and the server's work is the same.
pub fn put(bytes: &mut Vec<u8>, payload: &[u8]) {
    bytes.push(0x80 | TEXT);
    match u16::try_from(payload.len()) {
        Ok(length @ 0..=125) => bytes.push(0x80 | length as u8),
        Ok(length) => {
            bytes.push(0x80 | 126);
            bytes.extend(length.to_be_bytes());
        }
        Err(_) => panic!("no frame of a measurement is that long"),
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
}
