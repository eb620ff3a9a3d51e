//! Any frame, of a client and of the server.

use chmail::wire::frame::{
    ClientFrame, ConversationSummary, Hello, Invite, Knock, Line, Path, Reason, Resume, Ring, Role,
    ServerFrame, Welcome,
};
use proptest::{bool::ANY as yes_or_no, collection::vec, num::u32::ANY as number, option::of, prelude::*};

use super::values::{
    call, conversation, device, epoch, error, line, login, notice, notice_id, presence, secret, text, ticket,
    time,
};

fn position() -> impl Strategy<Value = u64> {
    any::<u64>()
}

pub fn client() -> impl Strategy<Value = ClientFrame> {
    prop_oneof![
        hello().prop_map(ClientFrame::Hello),
        invite().prop_map(ClientFrame::Invite),
        call().prop_map(|call| ClientFrame::Ringing { call }),
        call().prop_map(|call| ClientFrame::Answer { call }),
        call().prop_map(|call| ClientFrame::Decline { call }),
        call().prop_map(|call| ClientFrame::Cancel { call }),
        (of(call()), of(conversation()))
            .prop_map(|(call, conversation)| ClientFrame::Bye { call, conversation }),
        (conversation(), line(), of(text()), of(text())).prop_map(|(conversation, id, text, sealed)| {
            ClientFrame::Line { conversation, id, text, sealed }
        }),
        (conversation(), of(position()), of(position()))
            .prop_map(|(conversation, received, read)| ClientFrame::Ack { conversation, received, read }),
        (conversation(), yes_or_no)
            .prop_map(|(conversation, state)| ClientFrame::Typing { conversation, state }),
        presence().prop_map(|state| ClientFrame::Presence { state }),
        (conversation(), of(position()), of(number))
            .prop_map(|(conversation, before, limit)| ClientFrame::History { conversation, before, limit }),
        vec(notice_id(), 0..4).prop_map(|notices| ClientFrame::Seen { notices }),
    ]
}

fn hello() -> impl Strategy<Value = Hello> {
    let role = prop::sample::select(vec![Role::Agent, Role::Caller, Role::Tool]);
    let resume =
        (conversation(), position()).prop_map(|(conversation, received)| Resume { conversation, received });
    let presence = of(prop::sample::select(vec![
        chmail::wire::record::Presence::Online,
        chmail::wire::record::Presence::Busy,
        chmail::wire::record::Presence::Away,
    ]));
    let who = (of(secret()), of(ticket()), of(secret()), of(text()));
    (who, role, presence, of(epoch()), vec(resume, 0..3)).prop_map(
        |((token, ticket, guest, device), role, presence, epoch, resume)| Hello {
            token,
            ticket,
            guest,
            device,
            role,
            presence,
            epoch,
            resume,
        },
    )
}

fn invite() -> impl Strategy<Value = Invite> {
    (call(), of(ticket()), of(login()), of(conversation()), of(number), of(number), yes_or_no).prop_map(
        |(call, ticket, login, conversation, ring, give_up, until_on)| Invite {
            call,
            ticket,
            login,
            conversation,
            ring,
            give_up,
            until_on,
        },
    )
}

fn path() -> impl Strategy<Value = Path> {
    prop::sample::select(vec![Path::Relay, Path::Direct])
}

pub fn server() -> impl Strategy<Value = ServerFrame> {
    prop_oneof![
        welcome().prop_map(ServerFrame::Welcome),
        ring().prop_map(ServerFrame::Invite),
        (of(call()), of(login()), presence()).prop_map(|(call, login, state)| ServerFrame::Presence {
            call,
            login,
            state
        }),
        call().prop_map(|call| ServerFrame::Ringing { call }),
        (call(), conversation(), path(), text()).prop_map(|(call, conversation, path, peer)| {
            ServerFrame::Answered { call, conversation, path, peer }
        }),
        ended(),
        said().prop_map(ServerFrame::Line),
        (conversation(), of(line()), of(position()), of(position()), of(position())).prop_map(
            |(conversation, id, position, received, read)| ServerFrame::Ack {
                conversation,
                id,
                position,
                received,
                read
            }
        ),
        (conversation(), yes_or_no)
            .prop_map(|(conversation, state)| ServerFrame::Typing { conversation, state }),
        (conversation(), path(), of(text())).prop_map(|(conversation, path, address)| ServerFrame::Path {
            conversation,
            path,
            address
        }),
        conversation().prop_map(|conversation| ServerFrame::Complete { conversation }),
        notice().prop_map(ServerFrame::Notice),
        error().prop_map(ServerFrame::Error),
    ]
}

fn ended() -> impl Strategy<Value = ServerFrame> {
    let reason = prop::sample::select(vec![
        Reason::Declined,
        Reason::Busy,
        Reason::Cancelled,
        Reason::Expired,
        Reason::Off,
        Reason::Bye,
        Reason::AnsweredElsewhere,
    ]);
    (call(), conversation(), reason, of(notice_id()), of(number)).prop_map(
        |(call, conversation, reason, notice, retry)| ServerFrame::Ended {
            call,
            conversation,
            reason,
            notice,
            retry,
        },
    )
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let summary = (conversation(), text(), of(text()), position(), position(), position()).prop_map(
        |(conversation, with, subject, last, read, unread)| ConversationSummary {
            conversation,
            with,
            subject,
            last,
            read,
            unread,
        },
    );
    let who = (of(login()), of(text()), of(device()), of(conversation()));
    (who, vec(summary, 0..3), vec(notice(), 0..3), of(epoch())).prop_map(
        |((login, guest, device, conversation), conversations, notices, epoch)| Welcome {
            login,
            guest,
            device,
            conversation,
            conversations,
            notices,
            epoch,
        },
    )
}

fn ring() -> impl Strategy<Value = Ring> {
    let knock = prop::sample::select(vec![Knock::NotFirst, Knock::ExpiredTicket, Knock::Stranger]);
    let about = (text(), of(login()), of(text()), of(text()));
    (call(), conversation(), about, number, of(knock), yes_or_no).prop_map(
        |(call, conversation, (from, login, subject, message_id), ring, knock, silent)| Ring {
            call,
            conversation,
            from,
            login,
            subject,
            message_id,
            ring,
            knock,
            silent,
        },
    )
}

fn said() -> impl Strategy<Value = Line> {
    (conversation(), position(), line(), text(), of(login()), of(text()), of(text()), time()).prop_map(
        |(conversation, position, id, from, by, text, sealed, at)| Line {
            conversation,
            position,
            id,
            from,
            by,
            text,
            sealed,
            at,
        },
    )
}
