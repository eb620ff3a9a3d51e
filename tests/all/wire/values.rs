//! Any value of the types that records and frames are made of.

use chmail::wire::{
    CallId, Code, ConversationId, DeviceId, Epoch, ErrorRecord, LineId, LoginId, NoticeId, Port, Secret,
    Ticket, Time,
    record::{Missed, Notice, Presence},
    ticket::{Action, Claims},
};
use proptest::{option::of, prelude::*};
use ring::hmac;

/// What people write, and what attackers do.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,40}", any::<String>(), Just("안녕 🙂\u{202e}\u{0}\r\n\"\\".to_owned())]
}

pub fn login() -> impl Strategy<Value = LoginId> {
    "[a-z0-9][a-z0-9._-]{0,63}".prop_map(|text| text.parse().unwrap())
}

macro_rules! ids {
    ($($name:ident: $id:ident),*) => {$(
        pub fn $name() -> impl Strategy<Value = $id> {
            "[A-Za-z0-9._:-]{1,64}".prop_map(|text| text.parse().unwrap())
        }
    )*};
}
ids!(call: CallId, conversation: ConversationId, line: LineId, notice_id: NoticeId, device: DeviceId, epoch: Epoch);

pub fn port() -> impl Strategy<Value = Port> {
    (1..=u32::MAX).prop_map(|number| number.try_into().unwrap())
}

/// From year 1 to year 9999, which is what RFC 3339 can say.
pub fn time() -> impl Strategy<Value = Time> {
    (-62_000_000_000_000..253_000_000_000_000i64).prop_map(Time)
}

pub fn secret() -> impl Strategy<Value = Secret> {
    "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]".prop_map(|text| Secret::try_from(text).unwrap())
}

pub fn ticket() -> impl Strategy<Value = Ticket> {
    (1..=6u8, any::<u16>(), any::<u32>(), port(), any::<u64>(), any::<u32>()).prop_map(
        |(action, key, expires, port, mail, recipient)| {
            let action = [
                Action::Chat,
                Action::Unsubscribe,
                Action::Confirm,
                Action::SignIn,
                Action::Live,
                Action::Mark,
            ][usize::from(action) - 1];
            let claims =
                Claims { action, key, expires: Time::from_unix_secs(expires), port, mail, recipient };
            let ticket = claims.sign(&hmac::Key::new(hmac::HMAC_SHA256, &key.to_be_bytes()));
            assert_eq!(ticket.claims(), claims, "a ticket can be read without the key");
            ticket
        },
    )
}

pub fn presence() -> impl Strategy<Value = Presence> {
    prop::sample::select(vec![
        Presence::Online,
        Presence::On,
        Presence::Off,
        Presence::Busy,
        Presence::Away,
        Presence::Unknown,
    ])
}

pub fn notice() -> impl Strategy<Value = Notice> {
    let reason = prop::sample::select(vec![
        Missed::Off,
        Missed::On,
        Missed::Expired,
        Missed::Cancelled,
        Missed::Busy,
        Missed::Knock,
        Missed::Line,
    ]);
    (notice_id(), conversation(), text(), of(text()), of(text()), reason, of(text()), any::<u32>(), time())
        .prop_map(|(id, conversation, from, subject, message_id, reason, line, count, at)| Notice {
            id,
            conversation,
            from,
            subject,
            message_id,
            reason,
            line,
            count,
            at,
        })
}

pub fn error() -> impl Strategy<Value = ErrorRecord> {
    let code = prop::sample::select(vec![
        Code::BadRequest,
        Code::Unauthorized,
        Code::BadTicket,
        Code::Forbidden,
        Code::NotFound,
        Code::Taken,
        Code::Expired,
        Code::Withdrawn,
        Code::TooLarge,
        Code::TooMany,
        Code::Internal,
        Code::Unavailable,
        Code::NoPorts,
    ]);
    (code, text(), of(any::<u32>()), of(call()), of(line()), of(conversation())).prop_map(
        |(code, message, retry, call, id, conversation)| ErrorRecord {
            code,
            message,
            retry,
            call,
            id,
            conversation,
        },
    )
}
