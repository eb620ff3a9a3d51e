//! The floor under bulk sending: the same dialogue with bytes that are ready, one write and one read a mail. What is
//! above it, a sender spends on mails; what is below, the kernel spends on moving them.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, poll};

use super::{bulk::Run, server::cpu_of};

const ENVELOPE: &str = "MAIL FROM:<shop@example.org>\r\nRCPT TO:<customer12345@example.com>\r\nDATA\r\n";
/// Replies to an envelope.
const ENVELOPE_REPLIES: usize = 3;

/// One of some connections.
struct Line {
    tcp: TcpStream,
    /// Replies that have not come in.
    due: usize,
    /// A body is on its way, and whether it is this connection's last.
    body: bool,
    over: bool,
}

/// Hands `messages` messages of `length` bytes over, on so many connections.
pub fn floor(to: SocketAddr, messages: usize, length: usize, connections: usize) -> Result<Run> {
    let line = "New boots are in, and they are waterproof, light and warm.\r\n";
    let last = line.repeat(length / line.len()) + ".\r\n";
    let more = last.clone() + ENVELOPE;
    let (began, before) = (Instant::now(), cpu_of("thread-self")?);
    let mut lines = (0..connections).map(|_| open(to)).collect::<Result<Vec<_>>>()?;
    let (mut begun, mut done) = (0, 0);
    let mut buffer = [0; 2048];
    while done < messages {
        let mut fds: Vec<_> = lines.iter().map(|line| PollFd::new(&line.tcp, PollFlags::IN)).collect();
        poll(&mut fds, None)?;
        let ready: Vec<usize> = (0..connections).filter(|at| !fds[*at].revents().is_empty()).collect();
        for at in ready {
            let line = &mut lines[at];
            match line.tcp.read(&mut buffer) {
                Ok(0) => bail!("the sink has closed"),
                Ok(count) => line.due -= buffer[..count].iter().filter(|byte| **byte == b'\n').count(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            if line.due > 0 {
                continue;
            }
            done += usize::from(std::mem::take(&mut line.body));
            if line.over {
                continue;
            }
            begun += 1;
            // No envelope behind it that nothing would follow: each of the others has one body to send yet.
            (line.body, line.over) = (true, messages - begun < connections);
            let bytes = if line.over { &last } else { &more };
            // A socket's buffer takes several such messages.
            ensure!(line.tcp.write(bytes.as_bytes())? == bytes.len(), "the sink reads too slowly");
            line.due = if line.over { 1 } else { 1 + ENVELOPE_REPLIES };
        }
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = cpu_of("thread-self")? - before;
    Ok(Run { rate: messages as f64 / took, cpu: cpu * 1e6 / messages as f64, memory: 0.0 })
}

/// Connects, says hello and the first envelope.
fn open(to: SocketAddr) -> Result<Line> {
    let mut tcp = TcpStream::connect(to)?;
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut buffer = [0; 2048];
    for say in ["", "EHLO bench\r\n"] {
        tcp.write_all(say.as_bytes())?;
        ensure!(tcp.read(&mut buffer)? > 0, "the sink has closed");
    }
    tcp.write_all(ENVELOPE.as_bytes())?;
    tcp.set_nonblocking(true)?;
    Ok(Line { tcp, due: ENVELOPE_REPLIES, body: false, over: false })
}
