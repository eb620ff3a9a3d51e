//! The plainest SMTP client (RFC 5321), to hand over a mail without any of our tools.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use super::PATIENCE;

/// Sends one message, whose lines end with CRLF and do not begin with a dot.
///
/// # Errors
/// The reply that was not the one due.
#[track_caller]
pub fn send(port: u16, from: &str, to: &str, message: &str) -> Result<(), String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    expect(&mut reader, "220")?;
    for (command, code) in [
        ("HELO localhost".to_owned(), "250"),
        (format!("MAIL FROM:<{from}>"), "250"),
        (format!("RCPT TO:<{to}>"), "250"),
        ("DATA".to_owned(), "354"),
        (format!("{message}\r\n."), "250"),
        ("QUIT".to_owned(), "221"),
    ] {
        reader.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        expect(&mut reader, code)?;
    }
    Ok(())
}

#[track_caller]
fn expect(reader: &mut BufReader<TcpStream>, code: &str) -> Result<(), String> {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    // A reply of several lines has a dash in all but the last (§4.2.1).
    while line.get(3..4) == Some("-") {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    if line.starts_with(code) { Ok(()) } else { Err(line) }
}
