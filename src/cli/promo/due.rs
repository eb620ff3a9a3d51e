//! What the law wants members to be told: listed, and sent.

use std::collections::HashMap;

use super::Edge;
use crate::{
    cli::{Exit, Io, args::promo::member::DueArgs, connect, exit::OrFail, fail, mailer, words},
    mail::{
        chat_line::Lang,
        mailbox::Mailbox,
        transport::{Access, Outcome, Via},
    },
    send::{
        Batch,
        batch::{Input, Made, Receipts, Slip, Writing},
    },
    wire::{
        self,
        members::{Due, DueMember, Said, Told},
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
    let from: Mailbox = me.mail.parse().or_fail(Exit::Config, "the address in the credentials")?;
    let out = match args.send {
        true => {
            let via = mailer::via(args.via.as_deref(), edge.config)?;
            let access = mailer::access(&via, edge.config, edge.common.ca.as_deref())?;
            Some(Out { via, access, from, recalls })
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
            for member in &page {
                edge.io.out.bytes(wire::to_line(member)?.as_bytes())?;
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
}

impl Out {
    /// Mails some; how it went, and who got theirs.
    fn tell(&self, some: &[DueMember], io: &mut Io) -> anyhow::Result<(Exit, Vec<Said>)> {
        let mut letters = Letters { due: HashMap::new(), told: Vec::new(), exit: Exit::Done, io };
        let mut jobs = Vec::new();
        for member in some {
            let reference = format!("{}/{}", member.member, member.purpose);
            jobs.push(letter(member, &self.from, self.recalls, reference.clone()));
            letters.due.insert(reference, member.clone());
        }
        let writing = Writing {
            from: Some(self.from.clone()),
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

/// What a member is told. `recalls`: not what came of it, but that their yes still stands.
fn letter(member: &DueMember, from: &Mailbox, recalls: bool, reference: String) -> Job {
    let korean = member.locale.as_deref().map(Lang::of_locale) == Some(Lang::Ko);
    let (purpose, when) = (&member.purpose, words::time(member.at));
    let (subject, text) = match (korean, member.given, recalls) {
        (true, _, true) => (
            "광고성 정보 수신동의 유지 여부 확인 안내",
            format!(
                "{when}에 광고성 정보 수신({purpose})에 동의하셨습니다. 이 동의가 유지되고 있음을 알려 드립니다.\n계속 받으시려면 아무것도 하지 않으셔도 됩니다. 원하지 않으시면 이 메일에 답장해 주세요.\n보내는 사람: {from}\n"
            ),
        ),
        (true, true, _) => (
            "광고성 정보 수신동의 처리 결과 안내",
            format!(
                "{when}에 광고성 정보 수신({purpose})에 동의하셨습니다.\n원하지 않으시면 이 메일에 답장해 주세요.\n보내는 사람: {from}\n"
            ),
        ),
        (true, false, _) => (
            "광고성 정보 수신거부 처리 결과 안내",
            format!(
                "{when}에 광고성 정보 수신({purpose})을 거부하셨습니다. 더 이상 보내지 않습니다.\n보내는 사람: {from}\n"
            ),
        ),
        (false, _, true) => (
            "You still agree to our mails",
            format!(
                "On {when} you agreed to get mails for this purpose: {purpose}. That still stands.\nTo go on getting them you need do nothing. If you do not want them any more, answer this mail.\nSender: {from}\n"
            ),
        ),
        (false, true, _) => (
            "You agreed to our mails",
            format!(
                "On {when} you agreed to get mails for this purpose: {purpose}.\nIf you do not want them any more, answer this mail.\nSender: {from}\n"
            ),
        ),
        (false, false, _) => (
            "You get no more of our mails",
            format!(
                "On {when} you said no to mails for this purpose: {purpose}. You get no more of them.\nSender: {from}\n"
            ),
        ),
    };
    Job {
        reference: Some(reference),
        to: OneOrMany::One(member.mail.clone()),
        subject: Some(subject.to_owned()),
        text: Some(text),
        chat: Some(false),
        ..Job::default()
    }
}
