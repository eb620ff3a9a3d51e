//! HTTP/1.1 on one kept connection, just enough of it.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use chmail::wire::Secret;
use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One kept connection.
#[derive(Debug)]
pub struct Http {
    stream: TcpStream,
    address: SocketAddr,
    answer: Vec<u8>,
}

impl Http {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        Self::over(TcpStream::connect(address).await?, address)
    }

    /// The same over a connection that was made, to the server `address`.
    pub fn over(stream: TcpStream, address: SocketAddr) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, address, answer: Vec::with_capacity(4096) })
    }

    /// The bytes of a request, for [`Http::send`].
    pub fn request(&self, method: &str, path: &str, token: Option<&Secret>, body: &str) -> Vec<u8> {
        let bearer = token.map_or_else(String::new, |token| {
            format!("Authorization: Bearer {}\r\n", String::from(token.clone()))
        });
        let (host, length) = (self.address, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{bearer}Content-Length: {length}\r\n");
        format!("{head}\r\n{body}").into_bytes()
    }

    /// Asks, and gives the body of an answer that says yes.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&Secret>,
        body: &str,
    ) -> Result<&[u8]> {
        let request = self.request(method, path, token, body);
        self.send(&request).await.with_context(|| format!("{method} {path}"))
    }

    /// The same with a request that was made before.
    pub async fn send(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        let head = loop {
            if let Some(end) = memmem::find(&self.answer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let says = std::str::from_utf8(&self.answer[..head])?;
        let length = says.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
        });
        let said_yes = says.starts_with("HTTP/1.1 2");
        match length {
            Some(length) => {
                let length = length?;
                while self.answer.len() < head + length {
                    self.more().await?;
                }
            }
            None => {
                while !self.answer.ends_with(b"\r\n0\r\n\r\n") {
                    self.more().await?;
                }
            }
        }
        ensure!(said_yes, "{}", String::from_utf8_lossy(&self.answer));
        Ok(&self.answer[head..])
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.answer).await? == 0 {
            bail!("the server hung up");
        }
        Ok(())
    }
}
