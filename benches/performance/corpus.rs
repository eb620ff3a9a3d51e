//! A mailbox of mixed mails, the same bytes every time: 100,000 of them are 1.2 GB.
//!
//! Plain texts, HTML, mailing lists with long headers, Korean in three charsets, attachments, forwarded mails whose inner
//! header has a chat button, mails with a button of their own (2 of 100), and damaged ones.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};

/// A button of a mail, as somebody else's server made it.
const BUTTON: &str = "CH-Login-ID: alice\r\nCH-Port: 12345\r\nCH-Server: https://ch.example.org\r\n\
    CH-Ticket: AQEAAWt6p5AAADA5AAAAAAAAACkAAAAAWKlK2i8Hozli-lAMLuZXWg\r\n";

const WORDS: &[&str] = &[
    "boots", "are", "in", "the", "new", "a", "shop", "we", "from", "today", "winter", "leather", "and",
    "warm", "for", "you", "size", "answer", "please", "offer", "until", "Monday", "chat", "with", "me",
    "now", "one", "more", "pair", "left", "thank", "order", "number", "delivery", "question", "about",
    "colour", "brown", "black", "price",
];

const KOREAN: &[&str] =
    &["새", "부츠가", "들어왔습니다", "겨울", "가죽", "지금", "바로", "문의", "감사합니다", "크기"];

/// Numbers that look random and are the same every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + (self.roll() % (most - least + 1) as u64) as usize
    }

    fn text(&mut self, words: &[&str], bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 80);
        let mut column = 0;
        while text.len() < bytes {
            let word = words[self.between(0, words.len() - 1)];
            // Now and then a line begins as an mbox's does, in the middle of a text.
            let word = if column == 0 && self.roll().is_multiple_of(200) { "From here" } else { word };
            text.push_str(word);
            column += word.len() + 1;
            let end = if column > 68 { "\r\n" } else { " " };
            column = if end == " " { column } else { 0 };
            text.push_str(end);
            if end != " " && self.roll().is_multiple_of(9) {
                text.push_str("\r\n");
            }
        }
        text + "\r\n"
    }

    fn base64(&mut self, bytes: usize) -> String {
        let raw: Vec<u8> = (0..bytes / 8).flat_map(|_| self.roll().to_le_bytes()).collect();
        in_lines(&raw)
    }
}

fn in_lines(raw: &[u8]) -> String {
    raw.chunks(57).map(|line| STANDARD.encode(line) + "\r\n").collect()
}

fn html(text: &str) -> String {
    let lines =
        text.lines().map(|line| format!("<tr><td style=3D\"font:14px sans-serif\">{line}</td></tr>\r\n"));
    format!("<html><body><table>\r\n{}</table></body></html>\r\n", lines.collect::<String>())
}

/// The mail of that number, with CRLF at its lines' ends.
pub fn mail(number: usize) -> Vec<u8> {
    let mut dice = Dice(number as u64);
    let kind = dice.between(0, 99);
    let (day, hour, minute) = (1 + number % 28, number / 28 % 24, number % 60);
    let mut head = String::new();
    let hops = if kind < 10 { dice.between(8, 30) } else { dice.between(2, 5) };
    for hop in 0..hops {
        let id = dice.roll();
        head.push_str(&format!(
            "Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\r\n\tby in.example.org (Postfix) \
             with ESMTPS id {id:016X}\r\n\tfor <bob@example.org>; {day:02} Nov 2026 {hour:02}:{minute:02}:00 +0900\r\n"
        ));
    }
    let sender = dice.between(0, 5000);
    let subject = match kind {
        10..18 => format!("=?utf-8?B?{}?=", STANDARD.encode(dice.text(KOREAN, 30).trim())),
        _ => dice.text(WORDS, 40).trim().replace("\r\n", " "),
    };
    head.push_str(&format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s1; c=relaxed/relaxed; h=from:to:subject:date;\r\n\
         \tbh={};\r\n\tb={}\r\n",
        STANDARD.encode([7; 32]),
        STANDARD.encode([number as u8; 192]),
    ));
    head.push_str(&format!(
        "Date: {day} Nov 2026 {hour:02}:{minute:02}:00 +0900\r\nFrom: Sender {sender} <sender{sender}@example.net>\r\n\
         To: bob@example.org\r\nSubject: {subject}\r\nMessage-ID: <{number}.{:x}@example.net>\r\nMIME-Version: 1.0\r\n\
         X-Mailer: Corpus 1.0\r\n",
        dice.roll()
    ));
    if kind >= 98 {
        head.push_str(BUTTON);
    }
    let mut bytes = head.into_bytes();
    body(&mut dice, kind, &mut bytes);
    bytes
}

fn body(dice: &mut Dice, kind: usize, bytes: &mut Vec<u8>) {
    let mixed =
        "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain\r\n\r\n";
    let plain = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    let length = dice.between(300, 3000);
    let text = dice.text(WORDS, length);
    let whole = match kind {
        10..13 => {
            let euc: Vec<u8> =
                (0..length / 4).flat_map(|at| [0xb0 + (at % 24) as u8, 0xa1 + (at % 90) as u8]).collect();
            let fields = "Content-Type: text/plain; charset=euc-kr\r\nContent-Transfer-Encoding: base64\r\n";
            format!("{fields}\r\n{}", in_lines(&euc))
        }
        13..18 => format!("{plain}{}", dice.text(KOREAN, length)),
        18..43 => {
            let alternative = "Content-Type: multipart/alternative; boundary=\"=_a\"\r\n\r\n--=_a\r\n";
            let long = dice.text(WORDS, 3 * length);
            let page = html(&long);
            format!("{alternative}{plain}{long}--=_a\r\nContent-Type: text/html\r\n\r\n{page}--=_a--\r\n")
        }
        43..51 => {
            let file = dice.between(15_000, 76_000);
            let fields =
                "Content-Type: application/pdf; name=boots.pdf\r\nContent-Transfer-Encoding: base64\r\n";
            format!("{mixed}{text}--=_b\r\n{fields}\r\n{}--=_b--\r\n", dice.base64(file))
        }
        51..54 => {
            let inner = format!("From: carol@example.com\r\nSubject: inner\r\n{BUTTON}\r\n{text}");
            format!("{mixed}{text}--=_b\r\nContent-Type: message/rfc822\r\n\r\n{inner}--=_b--\r\n")
        }
        54..57 => format!("Content-Type: text/html\r\n\r\n{}", html(&dice.text(WORDS, 10 * length))),
        57 => {
            format!("no field at all\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n{text}\r")
        }
        _ => format!("{plain}{text}"),
    };
    bytes.extend_from_slice(whole.as_bytes());
}

/// Writes `count` mails into an mbox, in which the sender of a text that begins a line with `From ` is quoted.
pub fn mbox(path: &Path, count: usize) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for number in 0..count {
        file.write_all(b"From sender@example.net Sun Nov  1 09:00:00 2026\n")?;
        // As most programs keep an mbox: LF alone.
        for line in mail(number).split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r\n").unwrap_or(line);
            if line.starts_with(b"From ") {
                file.write_all(b">")?;
            }
            file.write_all(line)?;
            file.write_all(b"\n")?;
        }
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()
}

/// Writes `count` mails into a Maildir, most of them seen; gives their paths in the order of delivery, a line each.
pub fn maildir(path: &Path, count: usize) -> io::Result<String> {
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(path.join(part))?;
    }
    let mut list = String::new();
    for number in 0..count {
        let unique = format!("{}.M{:06}P7.example", 1_790_000_000 + number / 3, number * 7 % 1_000_000);
        let name = if number % 10 == 0 { format!("new/{unique}") } else { format!("cur/{unique}:2,S") };
        let file = path.join(name);
        fs::write(&file, mail(number))?;
        list.push_str(&format!("{}\n", file.display()));
    }
    Ok(list)
}
