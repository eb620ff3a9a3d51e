//! The plainest HTTP client: one request, one answer, as `curl` would.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use super::PATIENCE;

/// Sends a request and gives the answer's status and body. `headers` are whole lines.
#[track_caller]
pub fn ask(server: &str, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, String) {
    let address = server.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap(), body.to_owned())
}
