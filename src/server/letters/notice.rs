//! The notice by mail (S117): who called, the line that was left, a fresh chat button into the same conversation.

use super::{
    compose::{LetterError, Text},
    words::{Words, fill, language},
};
use crate::{
    call::{Party, Side},
    mail::{address::Address, message_id::MessageId},
    server::{Problem, Shared},
    store::{Conversation, KeptMail, NewMail, NoticeRow},
    wire::{
        NoticeId, Port, Time, display,
        record::{Chat, Missed, Notice},
        ticket::{Action, Claims},
    },
};

/// The text of a notice; `None` when it was seen meanwhile, or its person has no address we may write to.
pub(super) async fn text(
    shared: &Shared,
    notice: NoticeId,
    id: &MessageId,
    now: Time,
) -> Result<Option<Text>, LetterError> {
    let Some((row, conversation, to)) = addressee(shared, notice).await? else { return Ok(None) };
    if row.notice.reason == Missed::Line {
        let marks = shared.store.marks(conversation.id.clone(), row.side).await.map_err(Problem::from)?;
        if marks.received >= conversation.last {
            return Ok(None);
        }
    }
    let lang = language(to.as_str(), conversation.subject.as_deref());
    let (subject, text) = words(Words::of(lang), &row.notice);
    Ok(Some(Text {
        reply_to: address(shared, &conversation, row.side.other()).await?,
        answers: conversation.message_id.as_deref().and_then(|id| id.parse().ok()),
        button: Some(button(shared, &conversation, &to, id, now).await?),
        to,
        lang,
        subject,
        text,
    }))
}

/// Whether there is somebody to mail this notice to.
pub(super) async fn can_go(shared: &Shared, notice: NoticeId) -> Result<bool, Problem> {
    Ok(addressee(shared, notice).await?.is_some())
}

async fn addressee(
    shared: &Shared,
    notice: NoticeId,
) -> Result<Option<(NoticeRow, Conversation, Address)>, Problem> {
    let Some(row) = shared.store.notice(notice).await? else { return Ok(None) };
    let id = row.notice.conversation.clone();
    let Some(conversation) = shared.store.conversation(id).await? else { return Ok(None) };
    let to = address(shared, &conversation, row.side).await?;
    Ok(to.map(|to| (row, conversation, to)))
}

/// The address of a side that we may use: a login's confirmed one; for a guest that of the recipient whose mail
/// was pressed, if the guest was the first to press it.
async fn address(
    shared: &Shared,
    conversation: &Conversation,
    side: Side,
) -> Result<Option<Address>, Problem> {
    let store = &shared.store;
    let text = match (conversation.party(side), conversation.mail) {
        (Party::Login(login), _) => store.login(login).await?.filter(|row| row.verified).map(|row| row.mail),
        (Party::Guest(_), Some((mail, recipient))) if conversation.first => {
            store.recipient(mail, recipient).await?
        }
        (Party::Guest(_), _) => None,
    };
    Ok(text.and_then(|text| text.parse().ok()))
}

fn words(words: &Words, notice: &Notice) -> (String, String) {
    let from = display::clean(&notice.from);
    let count = notice.count.to_string();
    let at = words.moment(notice.at);
    let times = if notice.count > 1 { fill(words.times, &[("count", &count)]) } else { String::new() };
    let what = words.what(notice.reason);
    let values = [("from", from.as_str()), ("what", what), ("at", &at), ("times", &times)];
    let subject = if notice.reason == Missed::Line { words.line_subject } else { words.notice_subject };
    let mut text = fill(words.notice, &values);
    if let Some(subject) = &notice.subject {
        text.push_str(&fill(words.about, &[("subject", &display::clean(subject))]));
    }
    if let Some(line) = &notice.line {
        let quoted: String = display::clean_block(line).lines().map(|line| format!("> {line}\n")).collect();
        text.push_str(&fill(words.line, &[("line", quoted.trim_end())]));
    }
    text.push_str(words.reply);
    (fill(subject, &values), text)
}

/// A button on a mail row of the server's own, which leads both parties into their conversation.
async fn button(
    shared: &Shared,
    conversation: &Conversation,
    to: &Address,
    id: &MessageId,
    now: Time,
) -> Result<Chat, LetterError> {
    let store = &shared.store;
    let owner = conversation.owner.clone();
    let port = port(shared, conversation, now).await?;
    let mail = NewMail {
        recipients: vec![to.as_str().to_owned()],
        message_id: Some(id.as_str().to_owned()),
        subject: conversation.subject.clone(),
        into: Some(conversation.id.clone()),
        domain: None,
    };
    let kept = store.add_mails(None, port, vec![mail], now).await?;
    let Some(&KeptMail { row: mail, .. }) = kept.first() else {
        return Err(LetterError::Store(Problem::internal(&"no row for a notice's mail")));
    };
    let ticket = store.sign(Claims {
        action: Action::Chat,
        key: 0,
        expires: now.plus(Action::Chat.lifetime()),
        port,
        mail,
        recipient: 0,
    });
    // Only a name that the person set goes into mails; home addresses do not belong there.
    let named = store.presence(owner.clone()).await?.and_then(|presence| presence.host);
    let host = named.filter(|host| host.parse::<std::net::IpAddr>().is_err());
    Ok(Chat {
        login: owner,
        port,
        host: Some(host.unwrap_or_else(|| shared.public.host())),
        server: shared.public.as_str().to_owned(),
        expires: ticket.claims().expires,
        url: shared.public.link(&ticket),
        ticket,
    })
}

/// The port of the mail that began the conversation, while its owner has it; else the owner's current one.
async fn port(shared: &Shared, conversation: &Conversation, now: Time) -> Result<Port, LetterError> {
    let store = &shared.store;
    if let Some((mail, _)) = conversation.mail
        && let Some(mail) = store.mail(mail).await?
        && let Some(port) = store.port(mail.port).await?
        && port.login == conversation.owner
    {
        return Ok(port.port);
    }
    Ok(store.assign_port(conversation.owner.clone(), false, now).await?.port)
}
