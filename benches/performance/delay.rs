//! A slow line: a proxy on loopback that hands every byte on half a round trip later, in both directions.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

/// Pieces on their way in one direction; more than a window of 64 KiB ones.
const PIECES: usize = 1024;

/// Where to connect to instead of to `server`. It stays as long as the process.
pub fn line(server: SocketAddr, round_trip: Duration) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(server) else { continue };
            let both = [near.try_clone().and_then(|one| Ok((one, far.try_clone()?))), Ok((far, near))];
            for (from, to) in both.into_iter().flatten() {
                one_way(from, to, round_trip / 2);
            }
        }
    });
    Ok(address)
}

fn one_way(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (on_its_way, arriving) = sync_channel::<(Instant, Vec<u8>)>(PIECES);
    let _slow = to.set_nodelay(true);
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if on_its_way.send((Instant::now() + delay, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, piece) in arriving {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                return;
            }
        }
        let _closed = to.shutdown(Shutdown::Write);
    });
}
