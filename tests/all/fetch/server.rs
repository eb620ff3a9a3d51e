//! A POP3 server that does as it is told: gives no ids, gives the same to all, hangs up after so many bytes.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::BOB;

/// What it knows of unique-ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    Good,
    /// A mail's number in the mailbox: the next one's after it was deleted.
    Numbers,
    Same,
    None,
}

/// How it behaves from now on.
#[derive(Debug)]
pub struct Manner {
    pub ids: Ids,
    pub top: bool,
    /// Bytes of a session before it hangs up.
    pub most: usize,
    /// The mailbox. One that was deleted is gone at `QUIT`.
    pub mails: Vec<String>,
    /// Commands of all sessions.
    pub heard: Vec<String>,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    pub manner: Arc<Mutex<Manner>>,
    port: u16,
}

impl Server {
    pub fn start(mails: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let manner = Manner { ids: Ids::Good, top: true, most: usize::MAX, mails, heard: Vec::new() };
        let manner = Arc::new(Mutex::new(manner));
        let ours = manner.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let manner = ours.clone();
                // A client that hangs up is no fault.
                thread::spawn(move || session(stream.unwrap(), &manner).is_ok());
            }
        });
        Self { manner, port }
    }

    pub fn url(&self) -> String {
        format!("pop3://{}@127.0.0.1:{}", BOB.replace('@', "%40"), self.port)
    }

    pub fn is(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.manner.lock().unwrap());
    }

    pub fn mails(&self) -> usize {
        self.manner.lock().unwrap().mails.len()
    }
}

fn session(stream: TcpStream, manner: &Mutex<Manner>) -> std::io::Result<()> {
    let mut left = manner.lock().unwrap().most;
    let mails = manner.lock().unwrap().mails.clone();
    let (ids, top) = {
        let manner = manner.lock().unwrap();
        (manner.ids, manner.top)
    };
    let mut reader = BufReader::new(stream);
    let mut say = |stream: &mut TcpStream, text: &str| -> std::io::Result<()> {
        let part = &text.as_bytes()[..left.min(text.len())];
        stream.write_all(part)?;
        left -= part.len();
        if left == 0 { Err(std::io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    };
    let mut deleted = Vec::new();
    say(reader.get_mut(), "+OK\r\n")?;
    let mut line = String::new();
    while {
        line.clear();
        reader.read_line(&mut line)? > 0
    } {
        manner.lock().unwrap().heard.push(line.trim_end().to_owned());
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let number = words.get(1).and_then(|word| word.parse::<usize>().ok()).unwrap_or(0);
        let list = |entry: &dyn Fn(usize) -> String| {
            let lines: String = (1..=mails.len()).map(|n| format!("{n} {}\r\n", entry(n))).collect();
            format!("+OK\r\n{lines}.\r\n")
        };
        let reply = match words[0] {
            "CAPA" => "+OK\r\nPIPELINING\r\nUSER\r\n.\r\n".to_owned(),
            "STAT" => format!("+OK {} 1\r\n", mails.len()),
            "LIST" => list(&|n| mails[n - 1].len().to_string()),
            "UIDL" if ids == Ids::Good => list(&|n| mails[n - 1].lines().nth(1).unwrap().replace(' ', "-")),
            "UIDL" if ids == Ids::Numbers => list(&|n| n.to_string()),
            "UIDL" if ids == Ids::Same => list(&|_| "same".to_owned()),
            "RETR" => text(&mails[number - 1]),
            "TOP" if top => text(mails[number - 1].split_inclusive("\n\n").next().unwrap()),
            "UIDL" | "TOP" => "-ERR what?\r\n".to_owned(),
            "DELE" => {
                deleted.push(mails[number - 1].clone());
                "+OK\r\n".to_owned()
            }
            "QUIT" => {
                manner.lock().unwrap().mails.retain(|mail| !deleted.contains(mail));
                "+OK\r\n".to_owned()
            }
            _ => "+OK\r\n".to_owned(),
        };
        say(reader.get_mut(), &reply)?;
    }
    Ok(())
}

fn text(mail: &str) -> String {
    let lines: String = mail
        .lines()
        .map(|line| format!("{}{line}\r\n", if line.starts_with('.') { "." } else { "" }))
        .collect();
    format!("+OK\r\n{lines}.\r\n")
}
