//! The plainest POP3 client (RFC 1939): what a mail program does to fetch everything.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use super::PATIENCE;

/// Fetches all mails of a mailbox, as their octets, oldest first.
#[track_caller]
pub fn fetch(port: u16, user: &str, password: &str) -> Vec<Vec<u8>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut session = Session { reader: BufReader::new(stream) };
    session.reply();
    session.ask(&format!("USER {user}"));
    session.ask(&format!("PASS {password}"));
    let stat = session.ask("STAT");
    let count: usize = stat.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap();
    let mails = (1..=count).map(|number| session.retrieve(number)).collect();
    session.ask("QUIT");
    mails
}

struct Session {
    reader: BufReader<TcpStream>,
}

impl Session {
    #[track_caller]
    fn ask(&mut self, command: &str) -> String {
        self.reader.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        self.reply()
    }

    #[track_caller]
    fn reply(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        assert!(line.starts_with("+OK"), "POP3: {line}");
        line.trim_end().to_owned()
    }

    /// §3: a line of one dot ends it, a dot before another dot is left out.
    fn retrieve(&mut self, number: usize) -> Vec<u8> {
        self.ask(&format!("RETR {number}"));
        let mut mail = Vec::new();
        loop {
            let mut line = Vec::new();
            self.reader.read_until(b'\n', &mut line).unwrap();
            match line.as_slice() {
                b".\r\n" => return mail,
                [b'.', rest @ ..] => mail.extend_from_slice(rest),
                whole => mail.extend_from_slice(whole),
            }
        }
    }
}
