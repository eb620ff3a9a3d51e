//! What the law wants members to be told: listed, and sent.

use super::{Edge, way};
use crate::{
    cli::{Exit, args::promo::member::DueArgs, connect, exit::OrFail, fail, words},
    mail::{
        chat_line::Lang,
        compose::{self, Draft},
        mailbox::Mailbox,
        message_id::MessageId,
        text::Unstructured,
        transport::{Access, Envelope, Transport},
    },
    wire::{
        Time,
        members::{Due, DueMember, Told},
        record::Status,
    },
};

/// `due`.
///
/// # Errors
/// 78 without a way out; what the CH server and the mail server say.
pub fn due(args: DueArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (me, api) = connect::signed_in(edge.config, edge.common)?;
    let mut ask = Due { notify: args.notify, reconfirm: args.reconfirm, after: 0 };
    let via = if args.send { Some(way::via(args.via.as_deref(), edge.config)?) } else { None };
    let from: Mailbox = me.mail.parse().or_fail(Exit::Config, "the address in the credentials")?;
    let (mut none, mut exit) = (true, Exit::Done);
    loop {
        let page = api.due(&ask)?;
        let Some(last) = page.last() else { break };
        // A member has a row for each purpose; the page may end between them, so they are asked for again.
        ask.after = last.member;
        for member in page {
            none = false;
            match &via {
                None => list(&member, &edge)?,
                Some(via) => {
                    let access = Access {
                        password: if via.needs_password() {
                            edge.config.password()?.map(Into::into)
                        } else {
                            None
                        },
                        auth: edge.config.file().auth,
                        ca: edge.config.ca(edge.common.ca.as_deref()),
                        ..Access::default()
                    };
                    let outcome = tell(&member, &from, via, &access);
                    match outcome {
                        Ok(()) => {
                            let told = Told { members: vec![member.member], purpose: member.purpose.clone() };
                            api.told(&told)?;
                        }
                        Err(error) => exit = exit.and(edge.io.report(&error)),
                    }
                }
            }
        }
    }
    Ok(if none { Exit::No } else { exit })
}

fn list(member: &DueMember, edge: &Edge<'_>) -> anyhow::Result<()> {
    let _ = edge;
    let mut out = std::io::stdout().lock();
    let line = crate::wire::to_line(member)?;
    std::io::Write::write_all(&mut out, line.as_bytes()).or_fail(Exit::Io, "standard output")
}

fn tell(
    member: &DueMember,
    from: &Mailbox,
    via: &crate::mail::transport::Via,
    access: &Access,
) -> anyhow::Result<()> {
    let to: Mailbox = member.mail.parse().or_fail(Exit::Data, member.mail.clone())?;
    let id = MessageId::generate(&from.address.domain()).or_fail(Exit::Io, "a Message-ID")?;
    let korean = member.locale.as_deref().map(Lang::of_locale) == Some(Lang::Ko);
    let when = words::time(member.at);
    let (subject, text) = match (korean, member.given) {
        (true, true) => (
            "광고성 정보 수신동의 처리 결과 안내",
            format!(
                "{when}에 광고성 정보 수신({})에 동의하셨습니다.\n보내는 사람: {from}\n원하지 않으시면 이 메일에 답장해 주세요.\n",
                member.purpose
            ),
        ),
        (true, false) => (
            "광고성 정보 수신거부 처리 결과 안내",
            format!(
                "{when}에 광고성 정보 수신({})을 거부하셨습니다. 더 이상 보내지 않습니다.\n보내는 사람: {from}\n",
                member.purpose
            ),
        ),
        (false, true) => (
            "You agreed to our mails",
            format!(
                "On {when} you agreed to get mails for this purpose: {}.\nSender: {from}\nIf you do not want them any more, answer this mail.\n",
                member.purpose
            ),
        ),
        (false, false) => (
            "You get no more of our mails",
            format!(
                "On {when} you said no to mails for this purpose: {}. You get no more of them.\nSender: {from}\n",
                member.purpose
            ),
        ),
    };
    let address = to.address.clone();
    let mut draft = Draft::new(from.clone(), vec![to], id, Time::now());
    draft.subject = Some(Unstructured::lossy(subject));
    draft.text = Some(text);
    let message = compose::compose(&draft).or_fail(Exit::Data, "the mail")?;
    let envelope = Envelope { reverse_path: Some(from.address.clone()), recipients: vec![address] };
    let outcomes = Transport::open(via, access).deliver(&envelope, &message)?;
    for outcome in outcomes {
        if !matches!(outcome.status, Status::Accepted | Status::Queued) {
            let why = format!("{}: {}", outcome.recipient, outcome.reply.unwrap_or_default());
            return Err(fail(Exit::TempFail, why));
        }
    }
    Ok(())
}
