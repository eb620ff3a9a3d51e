//! `--reply MESSAGE`: what an answer takes over from the mail it answers (RFC 5322 §3.6.4).

use crate::{
    mail::{
        address::Address,
        mailbox::Mailbox,
        message_id::MessageId,
        read::{self, Depth},
        scan::{self, Header},
        text::Unstructured,
        words,
    },
    wire::{Time, record::Chat},
};

/// Message-IDs that an answer names: the first of the thread and the latest, as far back as this.
const REFERENCES: usize = 50;

/// What the answered mail gives to its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who wants the answer.
    pub to: Vec<Mailbox>,
    /// `Re: …`.
    pub subject: Unstructured,
    /// The answered mail.
    pub in_reply_to: Vec<MessageId>,
    /// The thread, the answered mail last.
    pub references: Vec<MessageId>,
    /// The answered mail's chat button.
    pub chat: Option<Chat>,
}

/// Why a mail cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has neither a Reply-To nor a From with an address that can be answered")]
pub struct Nobody;

impl Answer {
    /// Reads the mail to be answered by `me`. An answer to one's own mail goes to whom that went.
    ///
    /// # Errors
    /// [`Nobody`] when no field names somebody.
    pub fn to(message: &[u8], me: &Address, now: Time) -> Result<Self, Nobody> {
        let header = scan::header(message, |_| false);
        let mail = read::read("", message, now, Depth::Headers);
        let own = |list: &[Mailbox]| list.iter().all(|m| m.address.normalised() == me.normalised());
        let mut to = people(&header, "Reply-To");
        if to.is_empty() {
            to = people(&header, "From");
            let others = people(&header, "To");
            if own(&to) && !others.is_empty() {
                to = others;
            }
        }
        if to.is_empty() {
            return Err(Nobody);
        }
        let answered: Option<MessageId> = mail.message_id.and_then(|id| id.parse().ok());
        let mut references = ids(&header, "References");
        if references.is_empty() {
            // §3.6.4: a parent without References, but with one In-Reply-To.
            references = ids(&header, "In-Reply-To");
            references.truncate(1);
        }
        references.retain(|id| Some(id) != answered.as_ref());
        references.extend(answered.clone());
        if references.len() > REFERENCES {
            references.drain(1..=references.len() - REFERENCES);
        }
        Ok(Self {
            to,
            subject: subject(mail.subject.as_deref().unwrap_or_default()),
            in_reply_to: answered.into_iter().collect(),
            references,
            chat: mail.chat,
        })
    }
}

/// `Re: ` once, however often the mail went to and fro.
fn subject(text: &str) -> Unstructured {
    let text = text.trim();
    let is_reply = text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    Unstructured::lossy(&if is_reply { text.to_owned() } else { format!("Re: {text}") })
}

/// The mailboxes of a field; what is none is passed over.
fn people(header: &Header<'_>, name: &str) -> Vec<Mailbox> {
    header
        .all(name)
        .flat_map(|field| read::addresses(&words::quoted(field.value, None)))
        .filter_map(|text| {
            // A name that cannot stand in a header is left out, not the person.
            let bare = || text.rsplit_once('<')?.1.strip_suffix('>')?.parse().ok();
            text.parse().ok().or_else(bare)
        })
        .collect()
}

/// The Message-IDs in a field, in order, each once.
fn ids(header: &Header<'_>, name: &str) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    for field in header.all(name) {
        for word in String::from_utf8_lossy(field.value).split(|c: char| c.is_whitespace() || c == '>') {
            let id = word.trim_start_matches(',').strip_prefix('<').and_then(|id| id.parse().ok());
            if let Some(id) = id.filter(|id| !ids.contains(id)) {
                ids.push(id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn answer(message: &str) -> Result<Answer, Nobody> {
        Answer::to(message.as_bytes(), &"me@x.example".parse().unwrap(), Time(0))
    }

    fn to(message: &str) -> Vec<String> {
        answer(message).unwrap().to.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_answer_goes_to_reply_to_then_from_and_from_oneself_to_the_others() {
        let from = "From: =?utf-8?B?7ZmN6ri464+Z?= <a@y.example>\n";
        assert_eq!(to(&format!("{from}\n")), ["홍길동 <a@y.example>"]);
        assert_eq!(to(&format!("{from}Reply-To: \"L, ist\" <l@y.example>,\n b@y.example\n\n")).len(), 2);
        assert_eq!(to("From: ME@x.example\nTo: c@y.example\n\n"), ["c@y.example"]);
        assert_eq!(to("From: =?utf-8?Q?a=0D=0ABcc:_x?= <a@y.example>\n\n").len(), 1);
        assert_eq!(answer("From: nobody\n\n"), Err(Nobody));
        assert_eq!(answer("Subject: x\n\n"), Err(Nobody));
    }

    #[test]
    fn subject_and_thread_are_taken_over() {
        let mail = "From: a@y\nSubject: Boots\nMessage-ID: <3@y>\nReferences: <1@y>\n <2@y> junk <2@y>\n\n";
        let got = answer(mail).unwrap();
        assert_eq!(got.subject.as_str(), "Re: Boots");
        let ids: Vec<_> = got.references.iter().map(MessageId::as_str).collect();
        assert_eq!((ids, got.in_reply_to.len()), (vec!["1@y", "2@y", "3@y"], 1));
        let got = answer("From: a@y\nSubject: RE: Re: x\nIn-Reply-To: <1@y> <2@y>\n\n").unwrap();
        assert_eq!((got.subject.as_str(), got.references.len(), got.in_reply_to.len()), ("RE: Re: x", 1, 0));
    }

    #[test]
    fn a_long_thread_keeps_its_first_and_its_latest() {
        let many: String = (0..500).map(|n| format!("<{n}@y>\n ")).collect();
        let got = answer(&format!("From: a@y\nMessage-ID: <last@y>\nReferences: {many}\n\n")).unwrap();
        assert_eq!(got.references.len(), REFERENCES);
        assert_eq!(got.references[0].as_str(), "0@y");
        assert_eq!(got.references[REFERENCES - 1].as_str(), "last@y");
    }
}
