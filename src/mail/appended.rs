//! The chat line at the end of a finished message's text, where the text can take it. Nothing is taken away, and no
//! byte that was there changes.

use super::{
    chat_line::{self, Lang},
    parts::{self, Encoding, Part},
    scan, shown,
};

/// What a signature or encryption leaves in a message, in lower case: then its body stays as it is.
const SEALED: [&[u8]; 9] = [
    b"multipart/signed",
    b"multipart/encrypted",
    b"application/pgp-signature",
    b"application/pgp-encrypted",
    b"pkcs7-mime",
    b"pkcs7-signature",
    b"-----begin pgp",
    b"\ndkim-signature",
    b"\narc-seal",
];
/// Characters of a line in quoted-printable, its soft line break counted (RFC 2045 §6.7).
const QP_LINE: usize = 76;

/// The message with the chat line after its text, and the button after its HTML. `None` when the text cannot take it:
/// signed, encrypted or damaged mails, text in base64 or in a charset that does not begin with ASCII, no text at all.
#[must_use]
pub fn chat_line(message: &[u8], lang: Lang, link: &str) -> Option<Vec<u8>> {
    if is_sealed(message) {
        return None;
    }
    let mut problems = Vec::new();
    let header = scan::header(message, |_| false);
    let start = header.body?;
    let found = parts::parts(&header, &message[start..], &mut problems);
    if !problems.is_empty() || !header.problems.is_empty() {
        return None;
    }
    let text = &found[shown::place(&found)?];
    let alternative = |part: &&Part<'_>| {
        text.alternative.is_some() && part.alternative == text.alternative && part.kind.is_text("html")
    };
    let html = found.iter().find(alternative).filter(|_| text.kind.sub == "plain");
    let newline = if message[..start].contains(&b'\r') { "\r\n" } else { "\n" };
    let mut places = Vec::new();
    for part in [Some(text), html].into_iter().flatten() {
        let at = part.bytes.as_ptr() as usize - message.as_ptr() as usize;
        let (offset, words) = addition(part, lang, link, newline)?;
        places.push((at + offset, words));
    }
    places.sort();
    let mut out = Vec::with_capacity(message.len() + 2048);
    let mut from = 0;
    for (at, words) in places {
        out.extend_from_slice(&message[from..at]);
        out.extend_from_slice(words.as_bytes());
        from = at;
    }
    out.extend_from_slice(&message[from..]);
    Some(out)
}

fn is_sealed(message: &[u8]) -> bool {
    let lower = message.to_ascii_lowercase();
    SEALED.iter().any(|mark| memchr::memmem::find(&lower, mark).is_some())
        || lower.starts_with(&SEALED[7][1..])
}

/// What is added to a part, and where in it.
fn addition(part: &Part<'_>, lang: Lang, link: &str, newline: &str) -> Option<(usize, String)> {
    let charset = part.kind.charset.as_deref().unwrap_or("us-ascii").to_ascii_lowercase();
    let is_utf8 = matches!(charset.as_str(), "utf-8" | "utf8");
    // Escape sequences and wide units would make something else of our ASCII.
    let begins_with_ascii =
        ["us-ascii", "ascii", "iso-8859-", "windows-", "koi8-", "euc-", "ks_c_5601", "gb", "big5", "cp"];
    if !is_utf8 && !begins_with_ascii.iter().any(|known| charset.starts_with(known)) {
        return None;
    }
    let eight_bit = part.kind.encoding == Encoding::QuotedPrintable || !part.bytes.is_ascii();
    let lang = if is_utf8 && eight_bit { lang } else { Lang::En };
    let words = match part.kind.sub.as_str() {
        "html" => chat_line::after_html("", lang, link),
        _ => chat_line::after_text("", lang, link),
    };
    let words = words.trim_end().to_owned();
    let words = match part.kind.encoding {
        Encoding::Plain => words,
        Encoding::QuotedPrintable if part.bytes.ends_with(b"=") => return None,
        Encoding::QuotedPrintable => quoted_printable(&words, newline),
        Encoding::Base64 => return None,
    };
    if part.kind.sub == "html" {
        let lower = part.bytes.to_ascii_lowercase();
        let find = |end: &[u8]| memchr::memmem::rfind(&lower, end);
        let at = find(b"</body").or_else(|| find(b"</html")).unwrap_or(lower.len());
        return Some((at, format!("{newline}{words}{newline}")));
    }
    Some(match (part.bytes.is_empty(), part.bytes.ends_with(b"\n")) {
        (true, _) => (0, format!("{words}{newline}")),
        (_, true) => (part.bytes.len(), format!("{newline}{words}{newline}")),
        (_, false) => (part.bytes.len(), format!("{newline}{newline}{words}")),
    })
}

/// Text in quoted-printable, its lines folded.
fn quoted_printable(text: &str, newline: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for byte in text.bytes() {
        let plain = matches!(byte, b' '..=b'~') && byte != b'=';
        let width = if plain { 1 } else { 3 };
        if column + width >= QP_LINE {
            out.push('=');
            out.push_str(newline);
            column = 0;
        }
        if plain {
            out.push(char::from(byte))
        } else {
            out.push_str(&format!("={byte:02X}"))
        }
        column += width;
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mail_parser::MessageParser;

    use super::*;

    const LINK: &str = "https://ch.example.org/c#AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn added(message: &str) -> Option<String> {
        chat_line(message.as_bytes(), Lang::Ko, LINK).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    fn text(message: &str) -> String {
        MessageParser::default().parse(message).unwrap().body_text(0).unwrap().replace('\r', "")
    }

    #[test]
    fn the_line_stands_after_the_text_and_all_before_it_is_as_it_was() {
        for (kind, body, words) in [
            ("", "Hi\n", "Chat with me now"),
            ("Content-Type: text/plain; charset=utf-8; format=flowed\n", "안녕 \nx\n", "지금 바로 채팅하기"),
            ("Content-Type: text/plain; charset=utf-8\n", "Hi\n", "Chat with me now"),
            ("Content-Type: text/plain; charset=euc-kr\n", "Hi\n", "Chat with me now"),
            (
                "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
                "=EC=95=88\n",
                "지금 바로 채팅하기",
            ),
        ] {
            let message = format!("From: a@b\n{kind}\n{body}");
            let whole = added(&message).unwrap();
            assert!(whole.starts_with(message.as_str()), "{whole}");
            assert!(text(&whole).ends_with(&format!("\n\n{words}: {LINK}\n")), "{whole}");
            assert!(whole.lines().all(|line| line.chars().count() <= 110), "{whole}");
        }
        let crlf = added("From: a@b\r\n\r\nHi\r\n").unwrap();
        assert_eq!(crlf, format!("From: a@b\r\n\r\nHi\r\n\r\nChat with me now: {LINK}\r\n"));
        assert_eq!(added("A: b\n\n").unwrap(), format!("A: b\n\nChat with me now: {LINK}\n"));
    }

    #[test]
    fn the_text_and_the_html_of_an_alternative_get_it_and_what_is_attached_does_not() {
        let message = "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n\
             --a\nContent-Type: text/plain\n\nHi\n--a\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n\
             <html><body>Hi</BODY></html>\n--a--\n--m\nContent-Type: text/plain; name=notes.txt\n\nmine\n--m--\n";
        let whole = added(message).unwrap();
        let seen = MessageParser::default().parse(&whole).unwrap();
        let seen = |html: bool| {
            let body = if html { seen.body_html(0) } else { seen.body_text(0) };
            body.unwrap().replace('\r', "")
        };
        assert_eq!(seen(false), format!("Hi\n\nChat with me now: {LINK}"));
        assert!(
            seen(true).contains(&format!("<a href=\"{LINK}\""))
                && seen(true).ends_with("</p>\n</BODY></html>")
        );
        assert!(whole.ends_with("\n\nmine\n--m--\n"), "{whole}");
        let mut kept = whole.replace(&format!("\n\nChat with me now: {LINK}"), "");
        let (from, to) = (kept.find("Hi\n<p>").unwrap_or(0), kept.find("</BODY>").unwrap());
        let from = if from == 0 { kept.find("<body>Hi").unwrap() + 8 } else { from + 2 };
        kept.replace_range(from..to, "");
        assert_eq!(kept, message);
    }

    #[test]
    fn signed_encrypted_and_unsuitable_bodies_are_never_touched() {
        for message in [
            "Content-Type: multipart/signed; boundary=m; micalg=pgp-sha256\n\n--m\n\nHi\n--m\nContent-Type: application/pgp-signature\n\nx\n--m--\n",
            "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: MULTIPART/Signed; boundary=s\n\n--s\n\nHi\n--s--\n--m--\n",
            "Content-Type: multipart/encrypted; boundary=m\n\n--m\n\nHi\n--m--\n",
            "Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nMII\n",
            "From: a@b\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHi\n",
            "From: a@b\nDKIM-Signature: v=1; bh=x\n\nHi\n",
            "dkim-signature: v=1; bh=x\n\nHi\n",
            "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nSGk=\n",
            "Content-Type: text/plain; charset=utf-16\n\nHi\n",
            "Content-Type: text/plain; charset=iso-2022-jp\n\nHi\n",
            "Content-Type: image/png\n\nHi\n",
            "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nHi\n",
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nno end\n",
            "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nHi=",
        ] {
            assert_eq!(added(message), None, "{message}");
        }
    }
}
