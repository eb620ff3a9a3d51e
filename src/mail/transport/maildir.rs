//! Delivery into Maildirs: the way to try everything without a mail server.
//!
//! Each recipient has a Maildir of their own, `DIR/<address>/{tmp,new,cur}`. A mail is written to `tmp`, synced,
//! and moved to `new` under a name that no other delivery has, so a reader never sees half of one.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use ring::digest;

use super::{Envelope, Outcome, TransportError, with_lf};
use crate::{
    mail::address::Address,
    wire::{Time, record::Status, secret},
};

/// Bytes of a Maildir's name; file systems take 255.
const NAME: usize = 200;

/// Delivers to each recipient, with `Return-Path` and `Delivered-To` on top as an MDA does (RFC 5321 §4.4).
///
/// # Errors
/// [`TransportError::Create`], [`TransportError::File`]; recipients before the failing one have got it.
pub fn deliver(dir: &Path, envelope: &Envelope, message: &[u8]) -> Result<Vec<Outcome>, TransportError> {
    let body = with_lf(message);
    envelope
        .recipients
        .iter()
        .map(|recipient| {
            let reverse = envelope.reverse_path.as_ref().map_or("", Address::as_str);
            let mut mail = format!("Return-Path: <{reverse}>\nDelivered-To: {recipient}\n").into_bytes();
            mail.extend_from_slice(&body);
            let path = put(&dir.join(directory_name(recipient)), &mail)?;
            Ok(Outcome::new(recipient, Status::Accepted, None, path.display().to_string()))
        })
        .collect()
}

/// An address as a directory's name: in lower case, and whatever is not a plain character as `%2F`, so that no
/// address leaves its place. Long ones end in a hash.
#[must_use]
pub fn directory_name(address: &Address) -> String {
    let mut name = String::new();
    for (at, byte) in address.normalised().bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"@_+=-".contains(&byte) || (byte == b'.' && at > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.len() > NAME {
        let hash = digest::digest(&digest::SHA256, name.as_bytes());
        name.truncate(NAME - 34);
        name.push_str("%-");
        hash.as_ref()[..16].iter().for_each(|byte| name.push_str(&format!("{byte:02x}")));
    }
    name
}

fn put(maildir: &Path, mail: &[u8]) -> Result<PathBuf, TransportError> {
    for part in ["tmp", "new", "cur"] {
        let path = maildir.join(part);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(|source| TransportError::Create { path, source })?;
    }
    let name = unique_name("");
    let (tmp, new) = (maildir.join("tmp").join(&name), maildir.join("new").join(&name));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&tmp)
        .map_err(|source| TransportError::Create { path: tmp.clone(), source })?;
    let written = file
        .write_all(mail)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&tmp, &new))
        .and_then(|()| File::open(maildir.join("new"))?.sync_all());
    if let Err(source) = written {
        let _ = fs::remove_file(&tmp);
        return Err(TransportError::File { path: new, source });
    }
    Ok(new)
}

/// `<seconds>.M<micros>P<process>Q<delivery>R<random><tag>.<host>`, as Maildir readers expect it. `tag`: letters and
/// digits of the caller's own.
#[must_use]
pub fn unique_name(tag: &str) -> String {
    static DELIVERY: AtomicU32 = AtomicU32::new(0);
    let now = Time::now();
    let count = DELIVERY.fetch_add(1, Ordering::Relaxed);
    // Without random bytes the other parts still tell deliveries of this machine apart.
    let random = u32::from_be_bytes(secret::random().unwrap_or_default());
    let host = super::smtp::hello::host_name().replace(['/', ':'], "_");
    let (secs, micros, process) = (now.unix_secs(), now.0.rem_euclid(1000) * 1000, process::id());
    format!("{secs}.M{micros}P{process}Q{count}R{random:08x}{tag}.{host}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn no_address_leaves_its_place() {
        for (text, name) in [
            ("Bob@Y.example", "bob@y.example"),
            ("a/../../b@y.example", "a%2F%2E%2E%2F%2E%2E%2Fb@y.example"),
            ("\"../x y\"@y.example", "%22..%2Fx%20y%22@y.example"),
            ("a%2f@y.example", "a%252f@y.example"),
            ("a@[IPv6:::1]", "a@%5Bipv6%3A%3A%3A1%5D"),
        ] {
            if text.starts_with("a/") {
                assert!(text.parse::<Address>().is_err(), "dots in a row are no local part");
                continue;
            }
            assert_eq!(directory_name(&address(text)), name);
        }
        let long = |end: &str| {
            directory_name(&address(&format!("\"{}{end}\"@{}y", " ".repeat(50), "x.".repeat(80))))
        };
        assert!(long("a").len() <= NAME && long("a") != long("b"));
        assert!(!directory_name(&address("\".\"@y")).starts_with('.'));
    }

    #[test]
    fn each_recipient_gets_a_maildir_and_a_whole_mail() {
        let dir = tempfile::tempdir().unwrap();
        let envelope = Envelope {
            reverse_path: Some(address("alice@x.example")),
            recipients: vec![
                address("Bob@y.example"),
                address("eve/../x@y.example".replace("/../", "/").as_str()),
            ],
        };
        for _ in 0..3 {
            let outcomes = deliver(dir.path(), &envelope, b"Subject: Hi\r\n\r\nHello\r\n").unwrap();
            assert!(outcomes.iter().all(|outcome| outcome.status == Status::Accepted));
        }
        let new: Vec<_> = fs::read_dir(dir.path().join("bob@y.example/new")).unwrap().collect();
        assert_eq!(new.len(), 3);
        let mail = fs::read_to_string(new[0].as_ref().unwrap().path()).unwrap();
        assert_eq!(
            mail,
            "Return-Path: <alice@x.example>\nDelivered-To: Bob@y.example\nSubject: Hi\n\nHello\n"
        );
        assert_eq!(fs::read_dir(dir.path().join("bob@y.example/tmp")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path().join("eve%2Fx@y.example/new")).unwrap().count(), 3);
    }

    #[test]
    fn a_place_that_cannot_be_made_is_named() {
        let envelope = Envelope { reverse_path: None, recipients: vec![address("b@y.example")] };
        let error = deliver(Path::new("/dev/null/box"), &envelope, b"").unwrap_err();
        assert!(
            matches!(&error, TransportError::Create { path, .. } if path.starts_with("/dev/null/box/b@y.example"))
        );
    }
}
