//! What the law wants members to be told: listed, and sent.

use std::{collections::HashMap, sync::Arc};

use super::{Edge, notice};
use crate::{
    cli::{
        Exit, Io,
        args::{bulk::DkimFlags, promo::member::DueArgs},
        connect, dkim,
        exit::OrFail,
        fail, mailer,
    },
    mail::{
        dkim::Signer,
        mailbox::Mailbox,
        transport::{Access, Outcome, Via},
    },
    send::{
        Batch, SendError,
        batch::{Input, Made, Receipts, Slip, Writing},
    },
    wire::{
        Record,
        members::{Due, DueMember, Said, Told},
        reach,
        record::{Job, OneOrMany, Status},
    },
};

/// Letters that go out before the CH server hears who got theirs: a crash in between mails so many again.
const AT_ONCE: usize = 50;

/// `due`.
///
/// # Errors
/// 78 without a way out; what the CH server and the mail server say.
pub fn due(args: DueArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (me, api) = connect::signed_in(edge.config, edge.common)?;
    let recalls = args.reconfirm.is_some();
    let mut ask = Due { notify: args.notify, reconfirm: args.reconfirm, ..Due::default() };
    let from: Mailbox = match edge.config.from(args.from.as_deref()) {
        Some(text) => text.parse().or_fail(Exit::Config, "--from, or from in config.toml")?,
        None => me.mail.parse().or_fail(Exit::Config, "the address in the credentials")?,
    };
    let out = match args.send {
        true => {
            let via = mailer::via(args.via.as_deref(), edge.config)?;
            let access = mailer::access(&via, edge.config, edge.common.ca.as_deref())?;
            let signer = dkim::signer(edge.config, &DkimFlags::default())?;
            let mailto = edge.config.file().unsubscribe_mailto.clone();
            Some(Out { via, access, from, recalls, signer, mailto })
        }
        false => None,
    };
    let (mut none, mut exit) = (true, Exit::Done);
    loop {
        let page = api.due(&ask)?;
        let Some(last) = page.last() else { break };
        (ask.after, ask.after_purpose) = (last.member, last.purpose.clone());
        none = false;
        let Some(out) = &out else {
            for member in page {
                edge.io.out.show(&Record::Due(Box::new(member)), super::words::of)?;
            }
            continue;
        };
        for some in page.chunks(AT_ONCE) {
            let (sent, told) = out.tell(some, edge.io)?;
            exit = exit.and(sent);
            if !told.is_empty() {
                api.told(&Told { told })?;
            } else if sent == Exit::TempFail {
                // The mail server is away: the others would fare no better.
                return Ok(exit);
            }
        }
    }
    Ok(if none { Exit::No } else { exit })
}

/// How letters leave.
struct Out {
    via: Via,
    access: Access,
    from: Mailbox,
    recalls: bool,
    signer: Option<Arc<Signer>>,
    /// A mailbox that takes "no more mail".
    mailto: Option<String>,
}

impl Out {
    /// A link that nobody who gets the mail could open must not go out.
    fn check(&self, member: &DueMember) -> anyhow::Result<()> {
        let link = member.unsubscribe_link.as_deref().and_then(|link| url::Url::parse(link).ok());
        match link {
            Some(url) if reach::is_private_url(&url) && !self.via.stays_here() => {
                Err(SendError::Private(url.origin().ascii_serialization()).into())
            }
            _ => Ok(()),
        }
    }

    fn letter(&self, member: &DueMember, reference: String) -> Job {
        let words = notice::Words::of(member, &self.from, self.recalls);
        Job {
            reference: Some(reference),
            to: OneOrMany::One(member.mail.clone()),
            subject: Some(words.subject.to_owned()),
            text: Some(words.text),
            headers: notice::fields(member, self.mailto.as_deref()),
            chat: Some(false),
            ..Job::default()
        }
    }

    /// Mails some; how it went, and who got theirs.
    fn tell(&self, some: &[DueMember], io: &mut Io) -> anyhow::Result<(Exit, Vec<Said>)> {
        let mut letters = Letters { due: HashMap::new(), told: Vec::new(), exit: Exit::Done, io };
        let mut jobs = Vec::new();
        for member in some {
            let reference = format!("{}/{}", member.member, member.purpose);
            self.check(member)?;
            jobs.push(self.letter(member, reference.clone()));
            letters.due.insert(reference, member.clone());
        }
        let writing = Writing {
            from: Some(self.from.clone()),
            signer: self.signer.clone(),
            smtp: matches!(self.via, Via::Smtp(_)),
            stays_here: self.via.stays_here(),
            ..Writing::default()
        };
        let batch = Batch { via: self.via.clone(), access: self.access.clone(), connections: 1, writing };
        batch
            .run(Input::Jobs(Box::new(std::iter::once(jobs))), None, &mut letters)
            .or_fail(Exit::Io, "send")?;
        Ok((letters.exit, letters.told))
    }
}

/// Letters on their way, and who got theirs.
struct Letters<'a> {
    due: HashMap<String, DueMember>,
    told: Vec<Said>,
    exit: Exit,
    io: &'a mut Io,
}

impl Letters<'_> {
    fn failed(&mut self, exit: Exit, why: String) {
        self.exit = self.exit.and(self.io.report(&fail(exit, why)));
    }
}

impl Receipts for Letters<'_> {
    fn outcomes(&mut self, slip: Slip, outcomes: Vec<Outcome>) {
        let Some(member) = slip.reference.and_then(|reference| self.due.remove(&reference)) else { return };
        for outcome in outcomes {
            let exit = match outcome.status {
                Status::Accepted | Status::Queued => {
                    let DueMember { member, ref purpose, at, .. } = member;
                    self.told.push(Said { member, purpose: purpose.clone(), at });
                    continue;
                }
                Status::Rejected => Exit::Refused,
                Status::Deferred | Status::Unknown => Exit::TempFail,
            };
            self.failed(exit, format!("{}: {}", outcome.recipient, outcome.reply.unwrap_or_default()));
        }
    }

    fn made(&mut self, made: Made) {
        match made {
            Made::Settled(sent) => {
                self.failed(
                    Exit::TempFail,
                    format!("{}: {}", sent.recipient, sent.reply.unwrap_or_default()),
                );
            }
            Made::Refused(all) => {
                for sent in all {
                    self.failed(
                        Exit::Data,
                        format!("{}: {}", sent.recipient, sent.reply.unwrap_or_default()),
                    );
                }
            }
            Made::Bad(_, why) | Made::Note(why) => self.failed(Exit::Data, why),
            Made::Failed(error) => self.failed(Exit::Io, error.to_string()),
            Made::Letter(_) => {}
        }
    }

    fn pause(&mut self) {}

    fn is_over(&self) -> bool {
        false
    }
}
