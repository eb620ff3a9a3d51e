//! An ad's picture: inside the mail, so that no server is asked for it when the mail is read.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem;
use ring::digest;

/// Characters of a line of base64 (RFC 2045 §6.8).
const LINE: usize = 76;
/// The field that our composer writes last before the body's own. A value of another field cannot hold it: its lines begin
/// with white space.
const BEFORE_BODY: &[u8] = b"\r\nMIME-Version: 1.0\r\n";

/// A picture, written once for all mails.
#[derive(Debug)]
pub(super) struct Picture {
    url: String,
    /// What stands before the body: the header of `multipart/related` and its first boundary.
    before: Vec<u8>,
    /// The picture's own part, and the end.
    after: Vec<u8>,
}

impl Picture {
    /// `None`: not a type that mail programs show.
    pub(super) fn new(bytes: &[u8], media: &str) -> Option<Self> {
        let ending = match media {
            "image/png" => "png",
            "image/jpeg" => "jpg",
            "image/gif" => "gif",
            _ => return None,
        };
        let hash = digest::digest(&digest::SHA256, bytes);
        let id: String = hash.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        // `=_` stands in no encoded part.
        let boundary = format!("=_picture-{id}");
        let before = format!(
            "Content-Type: multipart/related; type=\"multipart/alternative\";\r\n boundary=\"{boundary}\"\r\n\r\n\
             --{boundary}\r\n"
        );
        let mut after = format!(
            "\r\n--{boundary}\r\nContent-Type: {media}; name=\"picture.{ending}\"\r\n\
             Content-Transfer-Encoding: base64\r\nContent-ID: <{id}@picture>\r\n\
             Content-Disposition: inline; filename=\"picture.{ending}\"\r\n\r\n"
        )
        .into_bytes();
        for line in STANDARD.encode(bytes).as_bytes().chunks(LINE) {
            after.extend_from_slice(line);
            after.extend_from_slice(b"\r\n");
        }
        after.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Some(Self { url: format!("cid:{id}@picture"), before: before.into_bytes(), after })
    }

    /// What `img` names (RFC 2392).
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// A message with the picture beside its body (`multipart/related`, RFC 2387).
    pub(super) fn inside(&self, message: Vec<u8>) -> Vec<u8> {
        let Some(at) = memmem::find(&message, BEFORE_BODY).map(|at| at + BEFORE_BODY.len()) else {
            return message;
        };
        let (head, body) = message.split_at(at);
        [head, &self.before, body, &self.after].concat()
    }
}
