//! What is done with bytes from outside, one function for each parser: the fuzzer calls it with bytes that it makes up,
//! `make test` with those of `tests/corpus/fuzz` (`tests/all/fuzzed.rs`). It panics when a promise does not hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

use std::io::Cursor;

use chmail::{
    cli::words,
    mail::{
        attached::{attached, safe_name},
        button,
        dkim::{
            KeyRecord,
            keyring::Keyring,
            verify::{Lookup, SIGNATURES, verify},
        },
        mailbox,
        mbox::Mbox,
        pop3,
        read::{Depth, addresses, head, read},
        scan,
        transport::smtp::reply::Incoming,
    },
    wire::{
        Record, Ticket, Time,
        display::clean,
        frame::{ClientFrame, ServerFrame},
        to_line,
    },
};

/// What is done with the bytes.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("mail", mail),
    ("button", fields),
    ("ticket", ticket),
    ("mbox", mbox),
    ("record", record),
    ("frame", frame),
    ("smtp_reply", smtp_reply),
    ("pop3_reply", pop3_reply),
    ("dkim", dkim),
];

const NOW: Time = Time(1_793_491_200_000);

/// A mail: always a record, which a pipe carries and a terminal shows without harm.
pub fn mail(bytes: &[u8]) {
    let full = read("-", bytes, NOW, Depth::Full);
    assert!(full.chat.is_some() || !full.problems.is_empty(), "no button, and nothing said about it");
    let files = attached(bytes);
    assert_eq!(files.len(), full.attachments.len(), "attachments");
    for (file, name) in files.iter().zip(&full.attachments) {
        assert_eq!(file.name(), name);
        let safe = safe_name(name);
        assert!(
            !safe.is_empty() && !safe.starts_with(['.', '-']) && !safe.contains(['/', '\\', '\0']),
            "{safe:?}"
        );
        assert!(file.content().len() <= bytes.len());
    }
    let shown = words::mail(&full, true);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{shown:?}");

    // The header says the same with the body and without; a glance passes over no button.
    let glance = scan::glance(bytes);
    let block = &bytes[..glance.end.unwrap_or(bytes.len())];
    let header = read("-", bytes, NOW, Depth::Headers);
    assert_eq!(head("-", block, false, NOW), header);
    assert_eq!((&header.chat, &header.subject, &header.from), (&full.chat, &full.subject, &full.from));
    assert!(glance.promising || header.chat.is_none(), "a button was passed over");
    round(&Record::Mail(Box::new(full)));
}

/// Header fields with a button: what is found is found again in what is written.
pub fn fields(bytes: &[u8]) {
    let header = scan::header(bytes, |_| false);
    let (chat, problems) = button::find(header.fields.iter().map(|field| (field.name, field.value)));
    let Some(chat) = chat else {
        assert!(!problems.is_empty());
        return;
    };
    let written = button::fields(&chat);
    let again = scan::header(written.as_bytes(), |_| false);
    assert_eq!(again.fields.len(), 4 + usize::from(chat.host.is_some()));
    let found = button::find(again.fields.iter().map(|field| (field.name, field.value)));
    assert_eq!(found.0.as_ref(), Some(&chat));
    assert_eq!(button::judge(&chat).0.as_ref(), Some(&chat));
    let (_, ticket) = button::parse_link(&chat.url).expect("a link leads somewhere");
    assert_eq!(ticket, chat.ticket);
}

/// A ticket, a link, an address: what is read is written as it was, or read the same again.
pub fn ticket(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(ticket) = text.parse::<Ticket>() {
        assert_eq!(ticket.to_string(), text);
        let claims = ticket.claims();
        let _minted = claims.minted();
        assert!(claims.port.get() > 0);
    }
    if let Some((server, ticket)) = button::parse_link(text) {
        assert_eq!(button::parse_link(&button::link(&server, &ticket)).map(|(_, same)| same), Some(ticket));
    }
    if let Ok(list) = mailbox::parse_list(text) {
        let said: Vec<_> = list.iter().map(ToString::to_string).collect();
        assert_eq!(mailbox::parse_list(&said.join(", ")).as_ref(), Ok(&list));
    }
    let _people = addresses(text);
    let harmless = clean(text);
    assert_eq!(clean(&harmless), harmless);
}

/// An mbox: no byte of a message comes from nowhere, and it does not matter how many bytes come at once.
pub fn mbox(bytes: &[u8]) {
    let whole: Vec<_> = Mbox::new("box", Box::new(Cursor::new(bytes.to_vec()))).map(Result::unwrap).collect();
    assert!(!whole.is_empty());
    assert!(whole.iter().map(|message| message.bytes.len()).sum::<usize>() <= bytes.len());
    let dripped = Mbox::new("box", Box::new(Drip(Cursor::new(bytes.to_vec()))));
    assert!(dripped.map(Result::unwrap).eq(whole));
}

/// Few bytes at once.
struct Drip(Cursor<Vec<u8>>);

impl std::io::Read for Drip {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let some = to.len().min(7);
        self.0.read(&mut to[..some])
    }
}

/// A record.
pub fn record(bytes: &[u8]) {
    if let Ok(record) = serde_json::from_slice::<Record>(bytes)
        && record != Record::Unknown
    {
        round(&record);
        if let Record::Mail(mail) = &record {
            let shown = words::mail(mail, true);
            assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{shown:?}");
            let _judged = mail.chat.as_ref().map(button::judge);
        }
    }
}

/// What is read from the line of a record is the record.
fn round(record: &Record) {
    let line = to_line(record).expect("a record has a JSON form");
    assert_eq!(line.matches('\n').count(), 1, "one line");
    assert_eq!(&serde_json::from_str::<Record>(&line).expect("a record is read"), record);
}

/// A frame of either side.
pub fn frame(bytes: &[u8]) {
    if let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) {
        let line = to_line(&frame).expect("a frame has a JSON form");
        let again: ClientFrame = serde_json::from_str(&line).expect("a frame is read");
        assert_eq!(to_line(&again).expect("a frame has a JSON form"), line);
    }
    if let Ok(frame) = serde_json::from_slice::<ServerFrame>(bytes) {
        let line = to_line(&frame).expect("a frame has a JSON form");
        let again: ServerFrame = serde_json::from_str(&line).expect("a frame is read");
        assert_eq!(to_line(&again).expect("a frame has a JSON form"), line);
    }
}

/// What an SMTP server answers, line by line.
pub fn smtp_reply(bytes: &[u8]) {
    let mut incoming = Incoming::default();
    for line in bytes.split(|&byte| byte == b'\n') {
        match incoming.line(line.strip_suffix(b"\r").unwrap_or(line)) {
            Ok(None) => {}
            Ok(Some(reply)) => {
                assert!((200..600).contains(&reply.code));
                let words = reply.words();
                assert!(words.chars().count() <= 500 && !words.contains(char::is_control), "{words:?}");
            }
            Err(_) => return,
        }
    }
}

/// What a POP3 server answers: a reply, its capabilities, a listing, the text of a mail, from the same bytes.
pub fn pop3_reply(bytes: &[u8]) {
    let (first, rest) = bytes.split_at(bytes.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    if let Some(reply) = pop3::reply::Reply::parse(first.trim_ascii_end()) {
        let words = reply.words();
        assert!(words.chars().count() <= 500 && !words.contains(char::is_control), "{words:?}");
        let _facts = (reply.is_yes(), reply.is_transient());
        let count = reply.number().unwrap_or(3).min(100);
        let mut listing = pop3::listing::Listing::new(count).expect("so many are believed");
        let mut capabilities = pop3::capa::Capabilities::default();
        for line in rest.split(|&byte| byte == b'\n') {
            capabilities.line(line);
            let _size = listing.size(line);
            let _uid = listing.uid(line);
        }
        let mails = listing.mails();
        assert!(mails.len() as u64 <= count);
        assert!(mails.windows(2).all(|two| two[0].number < two[1].number));
    }
    // The text is the same however it comes in, and nothing behind its end is taken.
    let (mut text, mut whole) = (pop3::text::Text::default(), Vec::new());
    let taken = text.take(bytes, &mut whole);
    assert!(taken <= bytes.len() && whole.len() <= taken);
    assert!(text.is_whole() || taken == bytes.len());
    let (mut slow, mut pieces) = (pop3::text::Text::default(), Vec::new());
    let count: usize = bytes.chunks(3).map(|piece| slow.take(piece, &mut pieces)).sum();
    assert_eq!((count, pieces, slow.is_whole()), (taken, whole, text.is_whole()));
}

/// A signed mail, a file of keys, a key's record: made-up signatures do not hold, and are not looked up without end.
pub fn dkim(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(record) = KeyRecord::parse(&text) {
        assert_eq!(KeyRecord::parse(&record.text()).map(|again| again.key), Ok(record.key));
    }
    let _keys = Keyring::parse(&text);
    let mut asked = 0;
    let key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let problems = verify(bytes, NOW, &mut |name| {
        asked += 1;
        assert!(name.len() < 400 && name.contains("._domainkey."), "{name:?}");
        Lookup::Found(vec![key.to_owned()])
    });
    assert!(asked <= SIGNATURES);
    let chat = read("-", bytes, NOW, Depth::Headers).chat;
    assert!(chat.is_none() || !problems.is_empty(), "a button that nobody signed");
}
