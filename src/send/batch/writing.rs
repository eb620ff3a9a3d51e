//! From lines to letters: tickets for all of them in one question, each mail written, signed, made fit for the wire.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use super::{
    job::{self, BadLine, Content, Slip, Work},
    lines::Chunk,
};
use crate::{
    client::{ClientError, api::Minted},
    mail::{
        address::Address,
        appended, button,
        chat_line::Lang,
        compose::{self, Button},
        dkim::Signer,
        mailbox::Mailbox,
        message_id::MessageId,
        transport::{
            Envelope,
            smtp::{Letter, into_stuffed, pipeline::RECIPIENTS},
        },
    },
    send::{ButtonWish, Issuer, button::Chats},
    wire::{
        Code, ErrorRecord, Time,
        ask::Mint,
        limits,
        record::{Chat, Job, PortRecord, Sent, Status},
    },
};

/// A message on its way, with what its receipts need.
pub type Parcel = Letter<Slip>;

/// What became of a line.
#[derive(Debug)]
pub enum Made {
    /// To be handed over.
    Letter(Parcel),
    /// Not to be handed over: the receipt.
    Settled(Sent),
    /// A job that cannot go out as it is: a receipt for each recipient.
    Refused(Vec<Sent>),
    /// A line that is no job, with its number.
    Bad(u64, String),
    /// Something to be told once.
    Note(String),
    /// The input failed.
    Failed(std::io::Error),
}

/// Where buttons come from.
pub struct Buttons {
    /// The CH server.
    pub issuer: Box<dyn Issuer + Send + Sync>,
    /// How they are made.
    pub wish: ButtonWish,
    /// A mail without one does not go out.
    pub required: bool,
    /// The own port, once it was asked for.
    pub port: OnceLock<PortRecord>,
}

impl std::fmt::Debug for Buttons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buttons").field("wish", &self.wish).finish_non_exhaustive()
    }
}

/// Writes letters.
#[derive(Debug, Default)]
pub struct Writing {
    /// Who mails are from that do not say.
    pub from: Option<Mailbox>,
    /// Buttons; `None`: nobody gets one.
    pub buttons: Option<Buttons>,
    /// The language of the chat line in a mail that we write; `None`: no line.
    pub line: Option<Lang>,
    /// The same for a finished one.
    pub finished_line: Option<Lang>,
    /// Who signs.
    pub signer: Option<Arc<Signer>>,
    /// Mails go to an SMTP server: dots are doubled.
    pub smtp: bool,
    /// Mails do not leave this machine, so buttons may lead to a private address.
    pub stays_here: bool,
}

/// A button, and how the CH server named its mail.
type Named = Result<(Chat, Option<MessageId>), Refusal>;

/// Why a mail does not go out.
struct Refusal {
    status: Status,
    why: String,
}

impl Writing {
    /// Everything that some lines say, one after the other.
    pub fn write(&self, chunks: Vec<Chunk>, out: &mut dyn FnMut(Made)) {
        let mut works = Vec::new();
        let mut add = |number, job: Result<Option<Job>, BadLine>, out: &mut dyn FnMut(Made)| {
            let work = |job| job::work(job, self.from.as_ref(), self.buttons.is_some());
            match job.map(|job| job.map(work)) {
                Ok(Some(Ok(work))) => works.push(work),
                Ok(None) => {}
                Ok(Some(Err(bad))) | Err(BadLine::Job(bad)) => out(Made::Refused(bad.receipts())),
                Err(BadLine::NoJob(why)) => out(Made::Bad(number, why)),
            }
        };
        for chunk in chunks {
            match chunk {
                Chunk::Failed(error) => out(Made::Failed(error)),
                Chunk::TooLong(number) => {
                    out(Made::Bad(number, format!("longer than {} bytes", super::lines::JOB)));
                }
                Chunk::Lines(bytes, first) => {
                    for (number, line) in (first..).zip(super::lines::split(&bytes)) {
                        if !line.trim_ascii().is_empty() {
                            add(number, job::parse(line), out);
                        }
                    }
                }
                Chunk::Jobs(jobs, first) => {
                    for (number, job) in (first..).zip(jobs) {
                        add(number, Ok(Some(job)), out);
                    }
                }
            }
        }
        let chats = self.chats(&mut works, out);
        let now = Time::now();
        for (work, chats) in works.into_iter().zip(chats) {
            self.letters(work, chats, now, out);
        }
    }

    /// The button of each recipient of each job.
    fn chats(
        &self,
        works: &mut [Work],
        out: &mut dyn FnMut(Made),
    ) -> Vec<Vec<Result<Option<Chat>, Refusal>>> {
        let mut chats: Vec<Vec<Result<Option<Chat>, Refusal>>> =
            works.iter().map(|work| work.recipients.iter().map(|_| Ok(None)).collect()).collect();
        let Some(buttons) = &self.buttons else { return chats };
        let gets = |to: &Address| !buttons.wish.no_button_to.iter().any(|pattern| pattern.matches(to));
        let (mut places, mut mints) = (Vec::new(), Vec::new());
        for (at, work) in works.iter().enumerate().filter(|(_, work)| work.chat) {
            for (place, to) in work.recipients.iter().enumerate().filter(|(_, to)| gets(to)) {
                places.push((at, place));
                // A row for each: nobody's ticket tells how many others there are. The CH server finds a mail again
                // that it named itself; but those who get one mail together get one name for it.
                let asks_name = work.unnamed && work.recipients.len() == 1;
                mints.push(Mint {
                    to: vec![to.to_string()],
                    message_id: if asks_name { None } else { work.slip.message_id.clone() },
                    unnamed: asks_name,
                    subject: subject(&work.content),
                    ..Mint::default()
                });
            }
        }
        if mints.is_empty() {
            return chats;
        }
        match buttons.mint(mints, self.stays_here) {
            Ok(minted) => {
                for ((at, place), made) in places.into_iter().zip(minted) {
                    chats[at][place] = made.map(|(chat, name)| {
                        if let Some(name) = name {
                            works[at].name(name);
                        }
                        Some(chat)
                    });
                }
            }
            Err(error) => {
                for (at, place) in places {
                    chats[at][place] = Err(Refusal::of(&error));
                }
            }
        }
        if !buttons.required {
            for made in chats.iter_mut().flatten() {
                if let Err(refusal) = made {
                    out(Made::Note(format!("sent without a chat button: {}", refusal.why)));
                    *made = Ok(None);
                }
            }
        }
        chats
    }

    /// A letter for each recipient with a button, one for all who have none.
    fn letters(
        &self,
        mut work: Work,
        chats: Vec<Result<Option<Chat>, Refusal>>,
        now: Time,
        out: &mut dyn FnMut(Made),
    ) {
        let mut plain = Vec::new();
        let recipients = std::mem::take(&mut work.recipients);
        for (to, made) in recipients.into_iter().zip(chats) {
            match made {
                Ok(None) => plain.push(to),
                Ok(Some(chat)) => {
                    let made = self.message(&mut work.content, Some(chat), true, now);
                    letter(&work, vec![to], made, out);
                }
                Err(refusal) => out(Made::Settled(refusal.receipt(&work.slip, &to))),
            }
        }
        while !plain.is_empty() {
            let rest = plain.split_off(plain.len().min(RECIPIENTS));
            let made = self.message(&mut work.content, None, !rest.is_empty(), now);
            letter(&work, plain, made, out);
            plain = rest;
        }
    }

    /// The whole message, signed, as it is handed over.
    fn message(
        &self,
        content: &mut Content,
        chat: Option<Chat>,
        more: bool,
        now: Time,
    ) -> Result<Vec<u8>, String> {
        let message = match content {
            Content::Draft(draft) => {
                draft.button = chat.map(|chat| Button { chat, line: self.line });
                compose::compose(draft).map_err(|why| why.to_string())?
            }
            Content::Whole(bytes) => std::mem::take(bytes),
            Content::Finished(submission) => {
                let message = submission.message(&chat.as_ref().map(button::fields).unwrap_or_default());
                let line = chat.as_ref().zip(self.finished_line);
                line.and_then(|(chat, lang)| appended::chat_line(&message, lang, &chat.url))
                    .unwrap_or(message)
            }
        };
        let signed = match &self.signer {
            Some(signer) => Some(signer.signed(&message, now).map_err(|why| format!("sign: {why}"))?),
            None => None,
        };
        let finished = match (signed, content) {
            (Some(signed), content) => {
                if let Content::Whole(bytes) = content {
                    *bytes = message;
                }
                signed
            }
            // Kept for the next letter, if there are more recipients than one takes.
            (None, Content::Whole(bytes)) if more => {
                bytes.clone_from(&message);
                message
            }
            _ => message,
        };
        Ok(if self.smtp { into_stuffed(finished) } else { finished })
    }
}

fn letter(work: &Work, recipients: Vec<Address>, made: Result<Vec<u8>, String>, out: &mut dyn FnMut(Made)) {
    match made {
        Ok(wire) => out(Made::Letter(Letter {
            envelope: Envelope { reverse_path: work.reverse_path.clone(), recipients },
            wire,
            held: work.slip.mark.is_some(),
            tries: 0,
            tag: work.slip.clone(),
        })),
        Err(why) => {
            let receipt = |to| Refusal { status: Status::Rejected, why: why.clone() }.receipt(&work.slip, to);
            recipients.iter().for_each(|to| out(Made::Settled(receipt(to))));
        }
    }
}

fn subject(content: &Content) -> Option<String> {
    let subject = match content {
        Content::Draft(draft) => draft.subject.as_ref(),
        Content::Finished(submission) => submission.subject(),
        Content::Whole(_) => None,
    };
    let text = subject?.as_str();
    Some(text[..text.floor_char_boundary(limits::SUBJECT)].to_owned())
}

impl Buttons {
    /// The button of each, and, where the CH server was asked to name the mail, how.
    fn mint(&self, mints: Vec<Mint>, stays_here: bool) -> Result<Vec<Named>, ClientError> {
        let port = match self.port.get() {
            Some(port) => port,
            None => {
                let port = self.issuer.port()?;
                self.port.get_or_init(|| port)
            }
        };
        let asked: Vec<_> = mints.iter().map(|mint| (mint.to[0].clone(), mint.unnamed)).collect();
        let minted = self.issuer.all_tickets(mints)?;
        let mut chats = Chats::new(port, &self.wish.host);
        let mut names = HashSet::new();
        let mut one = |minted: Minted, (to, unnamed): (String, bool)| {
            let refused = |why: String| Refusal { status: Status::Rejected, why };
            let wrong = |what: &str| refused(format!("get a chat button: the CH server answered {what}"));
            let mut ticket = match minted.map(|mut all| all.pop()) {
                Ok(Some(ticket)) if ticket.to == to => ticket,
                Ok(_) => return Err(wrong("for others")),
                Err(record) => return Err(Refusal::of_record(&record)),
            };
            let name = ticket.message_id.take().filter(|_| unnamed).map(|name| name.parse::<MessageId>());
            let name = name.transpose().map_err(|why| wrong(&format!("with a bad name: {why}")))?;
            // Two mails of one name would be one mail to those who get them.
            if name.as_ref().is_some_and(|name| !names.insert(name.clone())) {
                return Err(wrong("with one name for two mails"));
            }
            let chat = chats.of(ticket).map_err(|why| refused(why.to_string()))?;
            if !stays_here && chats.is_private() {
                return Err(refused(crate::send::SendError::Private(chat.server).to_string()));
            }
            Ok((chat, name))
        };
        Ok(minted.into_iter().zip(asked).map(|(minted, asked)| one(minted, asked)).collect())
    }
}

impl Refusal {
    fn of(error: &ClientError) -> Self {
        let status = if error.is_transient() { Status::Deferred } else { Status::Rejected };
        Self { status, why: format!("get a chat button: {error}") }
    }

    fn of_record(record: &ErrorRecord) -> Self {
        let later = matches!(record.code, Code::TooMany | Code::Internal | Code::Unavailable);
        let status = if later { Status::Deferred } else { Status::Rejected };
        Self { status, why: format!("get a chat button: {}", record.message) }
    }

    fn receipt(self, slip: &Slip, to: &Address) -> Sent {
        Sent {
            reference: slip.reference.clone(),
            recipient: to.to_string(),
            status: self.status,
            code: None,
            reply: Some(self.why),
            message_id: slip.message_id.clone(),
            at: Time::now(),
        }
    }
}
