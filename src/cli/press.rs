//! From `MAIL` — a mail, a record of one, a link, a ticket — to the button that is to be pressed.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

use url::Url;

use super::{
    exit::{Exit, OrFail, fail},
    input::Operand,
};
use crate::{
    mail::{
        button,
        read::{Depth, read},
        scan,
    },
    wire::{Record, Ticket, Time, limits, record::Mail, ticket::Action},
};

/// A button.
#[derive(Debug)]
pub struct Button {
    /// Its server.
    pub server: Url,
    /// Its ticket.
    pub ticket: Ticket,
    /// Whose it is, if that was said.
    pub login: Option<String>,
    /// What is wrong with the mail.
    pub problems: Vec<String>,
}

/// Where what is typed comes from.
pub enum Typing {
    /// Standard input, or what is left of it.
    Stdin(Box<dyn BufRead + Send>),
    /// The terminal, because standard input was the mail.
    Terminal(Box<dyn BufRead + Send>),
    /// Nowhere: neither.
    Nowhere,
}

impl fmt::Debug for Typing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdin(_) => "Stdin",
            Self::Terminal(_) => "Terminal",
            Self::Nowhere => "Nowhere",
        })
    }
}

/// Bytes of a `mail` record's line: its text may be as long as a mail's.
const RECORD: u64 = scan::MESSAGE as u64;

/// Finds the button that `mail` names. `own` is the server of a bare ticket; `records`: frames follow the record on
/// standard input.
///
/// # Errors
/// 66 when the file can't be opened, 65 when there is no button in it.
pub fn button(mail: &str, own: &Url, records: bool) -> anyhow::Result<(Button, Typing)> {
    let stdin = || Typing::Stdin(Box::new(BufReader::new(io::stdin())));
    if let Ok(ticket) = mail.parse::<Ticket>() {
        return Ok((checked(own.clone(), ticket, None)?, stdin()));
    }
    if mail.starts_with("https://") || mail.starts_with("http://") {
        let (server, ticket) = button::parse_link(mail).ok_or_else(|| {
            fail(
                Exit::Data,
                format!("{mail:?} is no chat link (https://SERVER/c#TICKET): copy it whole from the mail"),
            )
        })?;
        return Ok((checked(server_of(&server)?, ticket, None)?, stdin()));
    }
    if mail.len() > 40 && mail.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        let says = format!("{mail:?} is no chat ticket: copy it whole from the mail");
        return Err(fail(Exit::Data, says));
    }
    let operand = Operand::from(std::ffi::OsString::from(mail));
    if operand != Operand::Stdin {
        let bytes = operand.read(scan::MESSAGE)?;
        return Ok((of_mail(&read(mail, &bytes, Time::now(), Depth::Headers))?, stdin()));
    }
    let mut from = BufReader::new(io::stdin());
    let is_record = from.fill_buf().or_fail(Exit::Io, "read standard input")?.first() == Some(&b'{');
    let mut bytes = Vec::new();
    if is_record {
        (&mut from).take(RECORD).read_until(b'\n', &mut bytes).or_fail(Exit::Io, "read standard input")?;
    } else {
        (&mut from).take(RECORD).read_to_end(&mut bytes).or_fail(Exit::Io, "read standard input")?;
    }
    let mail = match is_record {
        true => match serde_json::from_slice(&bytes) {
            Ok(Record::Mail(mail)) => *mail,
            Ok(_) => return Err(fail(Exit::Data, "standard input: no mail record")),
            Err(error) => return Err(fail(Exit::Data, format!("standard input: no mail record: {error}"))),
        },
        false if bytes.is_empty() => return Err(fail(Exit::Data, "standard input is empty")),
        false => read("standard input", &bytes, Time::now(), Depth::Headers),
    };
    let typing = match records {
        true if is_record => Typing::Stdin(Box::new(from)),
        true => Typing::Nowhere,
        false => terminal().map_or(Typing::Nowhere, |from| Typing::Terminal(Box::new(from))),
    };
    Ok((of_mail(&mail)?, typing))
}

/// The terminal, if there is one and we are in its foreground: in the background, reading from it would stop us.
fn terminal() -> Option<BufReader<File>> {
    let terminal = File::open("/dev/tty").ok()?;
    let foreground = rustix::termios::tcgetpgrp(&terminal).ok()?;
    (foreground == rustix::process::getpgrp()).then(|| BufReader::new(terminal))
}

fn of_mail(mail: &Mail) -> anyhow::Result<Button> {
    let Some(chat) = &mail.chat else {
        let why =
            if mail.problems.is_empty() { String::new() } else { format!(" ({})", mail.problems.join(", ")) };
        let source = if mail.source.is_empty() { "the mail" } else { &mail.source };
        return Err(fail(Exit::Data, format!("{source}: no chat button{why}")));
    };
    let button = checked(server_of(&chat.server)?, chat.ticket.clone(), Some(chat.login.to_string()))?;
    Ok(Button { problems: mail.problems.clone(), ..button })
}

fn server_of(text: &str) -> anyhow::Result<Url> {
    button::server_url(text).ok_or_else(|| fail(Exit::Data, format!("{text:?} is no server's URL")))
}

fn checked(server: Url, ticket: Ticket, login: Option<String>) -> anyhow::Result<Button> {
    if ticket.claims().action != Action::Chat {
        return Err(fail(Exit::Data, "this ticket opens no chat"));
    }
    Ok(Button { server, ticket, login, problems: Vec::new() })
}

/// The longest line of input: a frame, or a text that fits into one line whatever it is made of.
#[must_use]
pub fn longest(records: bool) -> usize {
    if records { limits::FRAME - 1 } else { limits::LINE_JSON / 6 }
}
