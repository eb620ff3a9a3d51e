//! What a member is told of their yes or no, in their language and at their time.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    mail::{chat_line::Lang, mailbox::Mailbox},
    wire::{Time, members::DueMember},
};

/// Subject and text of a mail.
pub(super) struct Words {
    pub subject: &'static str,
    pub text: String,
}

impl Words {
    /// `recalls`: not what came of it, but that their yes still stands.
    pub(super) fn of(member: &DueMember, from: &Mailbox, recalls: bool) -> Self {
        let korean = member.locale.as_deref().map(Lang::of_locale) == Some(Lang::Ko);
        let (purpose, when) = (&member.purpose, when(member.at, member.time_zone.as_deref()));
        let how = match (&member.unsubscribe_link, korean) {
            (Some(link), true) => {
                format!("여기에서 무료로 수신을 거부하실 수 있습니다: {link}\n이 메일에 답장하셔도 됩니다.")
            }
            (None, true) => "이 메일에 답장해 주세요.".to_owned(),
            (Some(link), false) => format!("say so here, free of charge: {link}\nor answer this mail."),
            (None, false) => "answer this mail.".to_owned(),
        };
        let (subject, text) = match (korean, member.given, recalls) {
            (true, _, true) => (
                "광고성 정보 수신동의 유지 여부 확인 안내",
                format!(
                    "{when}에 광고성 정보 수신({purpose})에 동의하셨습니다. 이 동의가 유지되고 있음을 알려 드립니다.\n계속 받으시려면 아무것도 하지 않으셔도 됩니다. 원하지 않으시면\n{how}\n"
                ),
            ),
            (true, true, _) => (
                "광고성 정보 수신동의 처리 결과 안내",
                format!("{when}에 광고성 정보 수신({purpose})에 동의하셨습니다.\n원하지 않으시면\n{how}\n"),
            ),
            (true, false, _) => (
                "광고성 정보 수신거부 처리 결과 안내",
                format!("{when}에 광고성 정보 수신({purpose})을 거부하셨습니다. 더 이상 보내지 않습니다.\n"),
            ),
            (false, _, true) => (
                "You still agree to our mails",
                format!(
                    "On {when} you agreed to get mails for this purpose: {purpose}. That still stands.\nTo go on getting them you need do nothing. If you do not want them any more,\n{how}\n"
                ),
            ),
            (false, true, _) => (
                "You agreed to our mails",
                format!(
                    "On {when} you agreed to get mails for this purpose: {purpose}.\nIf you do not want them any more,\n{how}\n"
                ),
            ),
            (false, false, _) => (
                "You get no more of our mails",
                format!(
                    "On {when} you said no to mails for this purpose: {purpose}. You get no more of them.\n"
                ),
            ),
        };
        let sender = if korean { "보내는 사람" } else { "Sender" };
        Self { subject, text: format!("{text}{sender}: {from}\n") }
    }
}

/// `List-Unsubscribe` and the field of its one click (RFC 8058), as a campaign's mail has them.
pub(super) fn fields(member: &DueMember, mailto: Option<&str>) -> BTreeMap<String, String> {
    let Some(link) = &member.unsubscribe_link else { return BTreeMap::new() };
    let ticket = link.rsplit('/').next().unwrap_or_default();
    let list = match mailto {
        Some(mailbox) => format!("<{link}>, <mailto:{mailbox}?subject=unsubscribe%20{ticket}>"),
        None => format!("<{link}>"),
    };
    [("List-Unsubscribe", list), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A moment where the member is, else where this machine is, with the name of the zone.
fn when(at: Time, zone: Option<&str>) -> String {
    let own = zone.and_then(|zone| TimeZone::get(zone).ok());
    let zone = own.unwrap_or_else(TimeZone::system);
    // A machine whose zone has no name says nothing to a reader elsewhere.
    let zone = if zone.iana_name().is_some() { zone } else { TimeZone::UTC };
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    match Timestamp::from_millisecond(at.0) {
        Ok(at) => format!("{} ({name})", at.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M")),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn member(locale: Option<&str>, zone: Option<&str>) -> DueMember {
        DueMember {
            member: 7,
            mail: "mina@example.org".to_owned(),
            name: None,
            locale: locale.map(str::to_owned),
            time_zone: zone.map(str::to_owned),
            purpose: "promotion".to_owned(),
            given: true,
            // 2026-11-01T20:30:00Z
            at: Time(1_793_565_000_000),
            until: Time(1_794_774_600_000),
            unsubscribe_link: Some("https://ch.example.org/u/T".to_owned()),
        }
    }

    #[test]
    fn a_member_reads_their_own_day_and_whose_mail_it_is() {
        let from: Mailbox = "Shop <shop@example.org>".parse().unwrap();
        for (locale, zone, when) in [
            (Some("ko-KR"), Some("Asia/Seoul"), "2026-11-02 05:30 (Asia/Seoul)에"),
            (None, Some("America/New_York"), "On 2026-11-01 15:30 (America/New_York)"),
        ] {
            for recalls in [false, true] {
                let words = Words::of(&member(locale, zone), &from, recalls);
                assert!(words.text.contains(when), "{}", words.text);
                assert!(words.text.contains("https://ch.example.org/u/T"), "{}", words.text);
                assert!(words.text.contains("Shop <shop@example.org>"), "{}", words.text);
            }
        }
    }

    #[test]
    fn the_fields_are_those_of_a_campaigns_mail() {
        let fields = fields(&member(None, None), Some("leave@example.org"));
        assert_eq!(
            fields["List-Unsubscribe"],
            "<https://ch.example.org/u/T>, <mailto:leave@example.org?subject=unsubscribe%20T>"
        );
        assert_eq!(fields["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
        assert!(super::fields(&DueMember { unsubscribe_link: None, ..member(None, None) }, None).is_empty());
    }
}
