//! The relay's peer: `ngircd` of Debian, unprivileged on a loopback port, with every brake off.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use super::{ping_pong::Player, server::Process, socket::Inbox};

/// A running `ngircd`.
#[derive(Debug)]
pub struct Ngircd {
    /// The process.
    pub process: Process,
    address: SocketAddr,
}

impl Ngircd {
    /// Starts it in `dir`; `None` when it is not installed.
    pub async fn start(dir: &Path) -> Result<Option<Self>> {
        let Some(program) = ["/usr/sbin/ngircd", "/usr/bin/ngircd", "/usr/local/sbin/ngircd"]
            .into_iter()
            .find(|path| Path::new(path).exists())
        else {
            return Ok(None);
        };
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let (config, motd) = (dir.join("ngircd.conf"), dir.join("motd"));
        fs::write(&motd, "")?;
        let settings = format!(
            "[Global]\nName = irc.example.org\nInfo = bench\nListen = 127.0.0.1\nPorts = {}\nMotdFile = {}\n\
             [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nMaxNickLength = 16\n\
             PingTimeout = 600\n[Options]\nDNS = no\nIdent = no\nPAM = no\n",
            address.port(),
            motd.display()
        );
        fs::write(&config, settings)?;
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(&mut command)?;
        for _ in 0..200 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(Some(Self { process, address }));
            }
            sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("ngircd does not listen")
    }

    /// Pairs of clients whose messages to each other have `length` bytes as they are sent.
    pub async fn players(&self, pairs: usize, length: usize) -> Result<Vec<Player>> {
        let mut players = Vec::new();
        for number in 0..pairs {
            for (nick, other) in [("a", "b"), ("b", "a")] {
                let stream = self.enter(&format!("{nick}{number}")).await?;
                let mut message = format!("PRIVMSG {other}{number} :");
                let text = length.saturating_sub(message.len() + 2);
                message.extend(std::iter::repeat_n('x', text));
                message.push_str("\r\n");
                players.push(Player { stream, inbox: Inbox::new(4096), message: message.into_bytes() });
            }
        }
        Ok(players)
    }

    async fn enter(&self, nick: &str) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n").as_bytes()).await?;
        let mut said = Vec::new();
        loop {
            ensure!(stream.read_buf(&mut said).await? > 0, "{}", String::from_utf8_lossy(&said));
            let text = std::str::from_utf8(&said).context("ngircd says")?;
            // The last of its greeting: there is no message of the day, or here it ends (RFC 2812 §5).
            let done = |line: &str| matches!(line.split(' ').nth(1), Some("376" | "422"));
            if text.ends_with('\n') && text.lines().any(done) {
                return Ok(stream);
            }
        }
    }
}
