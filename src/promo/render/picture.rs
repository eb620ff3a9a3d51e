//! An ad's picture: inside the mail, so that no server is asked for it when the mail is read.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem;
use ring::digest;

/// Characters of a line of base64 (RFC 2045 §6.8).
const LINE: usize = 76;

/// A picture, written once for all mails.
#[derive(Debug)]
pub(super) struct Picture {
    id: String,
    /// Its part, from its header to the line end after its body.
    part: Vec<u8>,
}

impl Picture {
    pub(super) fn new(bytes: &[u8], media: &str) -> Self {
        let hash = digest::digest(&digest::SHA256, bytes);
        let id: String = hash.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let subtype = media.rsplit('/').next().unwrap_or("png");
        let mut part = format!(
            "Content-Type: {media}; name=\"picture.{subtype}\"\r\nContent-Transfer-Encoding: base64\r\n\
             Content-ID: <{id}@picture>\r\nContent-Disposition: inline; filename=\"picture.{subtype}\"\r\n\r\n"
        )
        .into_bytes();
        for line in STANDARD.encode(bytes).as_bytes().chunks(LINE) {
            part.extend_from_slice(line);
            part.extend_from_slice(b"\r\n");
        }
        Self { id, part }
    }

    /// What `img` names (RFC 2392).
    pub(super) fn url(&self) -> String {
        format!("cid:{}@picture", self.id)
    }

    /// A message with the picture beside its body (`multipart/related`, RFC 2387).
    pub(super) fn inside(&self, message: &[u8]) -> Vec<u8> {
        const MIME: &[u8] = b"MIME-Version: 1.0\r\n";
        let Some(at) = memmem::find(message, MIME).map(|at| at + MIME.len()) else { return message.to_vec() };
        let (head, entity) = message.split_at(at);
        let boundary = format!("picture-{}", self.id);
        let mut out = Vec::with_capacity(message.len() + self.part.len() + 300);
        out.extend_from_slice(head);
        out.extend_from_slice(
            format!(
                "Content-Type: multipart/related; type=\"multipart/alternative\"; boundary=\"{boundary}\"\r\n\r\n\
                 --{boundary}\r\n"
            )
            .as_bytes(),
        );
        out.extend_from_slice(entity);
        out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&self.part);
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out
    }
}
