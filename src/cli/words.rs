//! Records in words, for people. Other people's text is made harmless here.

use jiff::{Timestamp, tz::TimeZone};

use crate::wire::{
    Time,
    display::{clean, clean_block},
    record::{Chat, Device, Login, Mail, Missed, Notice, PortRecord, Presence, Sent, Status},
};

/// A moment in the person's own time zone, to the minute.
#[must_use]
pub fn time(at: Time) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(at) => at.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_string(),
    }
}

/// Presence in a word or two.
#[must_use]
pub fn presence(state: Presence) -> &'static str {
    match state {
        Presence::Online => "online",
        Presence::On => "on, nobody listening",
        Presence::Off => "off",
        Presence::Busy => "busy",
        Presence::Away => "away",
        Presence::Unknown => "presence unknown",
    }
}

/// Who one is.
#[must_use]
pub fn login(login: &Login) -> String {
    let confirmed = if login.verified { "confirmed" } else { "not confirmed yet" };
    let host = login.host.as_deref().map(|host| format!(", host {}", clean(host))).unwrap_or_default();
    format!("{} at {}, {} ({confirmed}){host}", login.login, clean(&login.server), clean(&login.mail))
}

/// Where a port leads.
#[must_use]
pub fn port(port: &PortRecord) -> String {
    let host = port.host.as_deref().map_or_else(|| "no known host".to_owned(), clean);
    let until = port.until.map(|until| format!("; kept until {}", time(until))).unwrap_or_default();
    format!("{} leads to {} at {host} ({}){until}", port.port, port.login, presence(port.state))
}

/// A call that was missed (S117).
#[must_use]
pub fn notice(notice: &Notice) -> String {
    let subject = notice.subject.as_deref().map(|subject| format!(" about \"{}\"", clean(subject)));
    let line = notice.line.as_deref().map(|line| format!(": {}", clean(line)));
    let times = match notice.count {
        0 | 1 => String::new(),
        2 => " twice".to_owned(),
        count => format!(" {count} times"),
    };
    let (what, when) = match notice.reason {
        Missed::Off => ("called", " while you were off"),
        Missed::On => ("called", " while nobody was listening"),
        Missed::Expired => ("called", " and got no answer"),
        Missed::Cancelled => ("called", " and gave up"),
        Missed::Busy => ("called", " while you were busy"),
        Missed::Knock => ("knocked", ""),
        Missed::Line => ("left a line", ""),
        Missed::Other => ("called", ""),
    };
    format!(
        "{}  {} {what}{times}{}{when}{}",
        time(notice.at),
        clean(&notice.from),
        subject.unwrap_or_default(),
        line.unwrap_or_default()
    )
}

/// What became of one recipient.
#[must_use]
pub fn sent(sent: &Sent) -> String {
    let status = match sent.status {
        Status::Accepted => "accepted",
        Status::Deferred => "deferred",
        Status::Rejected => "rejected",
        Status::Unknown => "unknown",
        Status::Queued => "queued",
    };
    let code = sent.code.map(|code| format!("  {code}")).unwrap_or_default();
    let reply = sent.reply.as_deref().map(|reply| format!("  {}", clean(reply))).unwrap_or_default();
    format!("{}  {status}{code}{reply}", clean(&sent.recipient))
}

/// A machine of a login.
#[must_use]
pub fn device(device: &Device) -> String {
    let seen =
        device.seen.map_or_else(|| "never seen".to_owned(), |seen| format!("last seen {}", time(seen)));
    let this = if device.this { " (this one)" } else { "" };
    format!("{}  {}  since {}, {seen}{this}", device.id, clean(&device.name), time(device.created))
}

/// A mail and what it offers, in as many lines as it takes. `whole`: its text too.
#[must_use]
pub fn mail(mail: &Mail, whole: bool) -> String {
    let when = mail.date.map_or_else(|| "no date".to_owned(), time);
    let from = mail.from.as_deref().map_or_else(|| "nobody".to_owned(), clean);
    let subject = mail.subject.as_deref().map(clean).filter(|subject| !subject.trim().is_empty());
    let mut said = format!("{when}  {from}  {}", subject.unwrap_or_else(|| "(no subject)".to_owned()));
    let mut below = |line: String| said.push_str(&format!("\n    {line}"));
    for (name, people) in [("to", &mail.to), ("cc", &mail.cc)] {
        if !people.is_empty() {
            below(format!("{name} {}", clean(&people.join(", "))));
        }
    }
    if let Some(chat) = &mail.chat {
        let Chat { login, port, .. } = chat;
        below(format!(
            "chat with {login} (port {port}) at {} until {}",
            clean(&chat.server),
            time(chat.expires)
        ));
    }
    mail.problems.iter().for_each(|problem| below(clean(problem)));
    if !mail.attachments.is_empty() {
        below(format!("attached: {}", clean(&mail.attachments.join(", "))));
    }
    if mail.source != "-" {
        below(format!("in {}", clean(&mail.source)));
    }
    if let Some(text) = mail.text.as_ref().filter(|_| whole) {
        said.push_str(&format!("\n\n{}\n", clean_block(text).trim_end()));
    }
    said
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_notice_is_one_harmless_line() {
        let said = notice(&Notice {
            id: "n1".parse().unwrap(),
            conversation: "c1".parse().unwrap(),
            from: "bob@example.org\x1b[2J".into(),
            subject: Some("Boots\r\nX: \u{202e}y".into()),
            message_id: None,
            reason: Missed::Off,
            line: Some("are you\nthere?".into()),
            count: 3,
            at: Time(0),
        });
        assert!(said.ends_with(
            "  bob@example.org[2J called 3 times about \"Boots  X: y\" while you were off: are you there?"
        ));
        assert!(!said.contains(['\n', '\x1b', '\u{202e}']), "{said:?}");
    }
}
