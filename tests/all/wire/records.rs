//! Any record.

use chmail::wire::{
    Record,
    record::{Chat, CodeRecord, Device, Job, Login, Mail, OneOrMany, PortRecord, Sent, Status, TicketRecord},
};
use proptest::{collection::vec, option::of, prelude::*};

use super::values::{device, error, login, notice, port, presence, text, ticket, time};

pub fn any() -> impl Strategy<Value = Record> {
    prop_oneof![
        a_login().prop_map(Record::Login),
        a_port().prop_map(Record::Port),
        notice().prop_map(Record::Notice),
        a_mail().prop_map(|mail| Record::Mail(Box::new(mail))),
        a_job().prop_map(|job| Record::Job(Box::new(job))),
        a_receipt().prop_map(Record::Sent),
        a_ticket().prop_map(Record::Ticket),
        a_device().prop_map(Record::Device),
        (login(), text(), time()).prop_map(|(login, code, expires)| Record::Code(CodeRecord {
            login,
            code,
            expires
        })),
        error().prop_map(Record::Error),
    ]
}

fn a_login() -> impl Strategy<Value = Login> {
    (login(), text(), proptest::bool::ANY, text(), of(text()), of(text())).prop_map(
        |(login, mail, verified, server, host, device)| Login { login, mail, verified, server, host, device },
    )
}

fn a_port() -> impl Strategy<Value = PortRecord> {
    (port(), login(), of(text()), presence(), of(time()))
        .prop_map(|(port, login, host, state, until)| PortRecord { port, login, host, state, until })
}

fn a_chat() -> impl Strategy<Value = Chat> {
    (login(), port(), of(text()), text(), ticket(), time(), text()).prop_map(
        |(login, port, host, server, ticket, expires, url)| Chat {
            login,
            port,
            host,
            server,
            ticket,
            expires,
            url,
        },
    )
}

fn a_mail() -> impl Strategy<Value = Mail> {
    let head = (text(), of(text()), of(time()), of(text()), of(text()));
    let lists = (vec(text(), 0..3), vec(text(), 0..3), vec(text(), 0..3), vec(text(), 0..3));
    (head, lists, of(text()), of(a_chat())).prop_map(
        |((source, message_id, date, subject, from), (to, cc, attachments, problems), text, chat)| Mail {
            source,
            message_id,
            date,
            subject,
            from,
            to,
            cc,
            text,
            attachments,
            problems,
            chat,
        },
    )
}

fn a_job() -> impl Strategy<Value = Job> {
    let to = prop_oneof![text().prop_map(OneOrMany::One), vec(text(), 0..3).prop_map(OneOrMany::Many)];
    let head =
        (of(text()), of(text()), to, of(text()), proptest::collection::btree_map(text(), text(), 0..3));
    let body = (of(text()), of(text()), vec(text(), 0..3), of(text()));
    (head, body, of(proptest::bool::ANY), of(ticket())).prop_map(
        |((reference, from, to, subject, headers), (text, html, attachments, raw), chat, mark)| Job {
            reference,
            from,
            to,
            subject,
            text,
            html,
            headers,
            attachments,
            raw,
            chat,
            mark,
        },
    )
}

fn a_receipt() -> impl Strategy<Value = Sent> {
    let status = prop::sample::select(vec![
        Status::Accepted,
        Status::Deferred,
        Status::Rejected,
        Status::Unknown,
        Status::Queued,
    ]);
    (of(text()), text(), status, of(200..600u16), of(text()), of(text()), time()).prop_map(
        |(reference, recipient, status, code, reply, message_id, at)| Sent {
            reference,
            recipient,
            status,
            code,
            reply,
            message_id,
            at,
        },
    )
}

fn a_ticket() -> impl Strategy<Value = TicketRecord> {
    (of(text()), text(), of(text()), port(), ticket(), text(), time()).prop_map(
        |(reference, to, message_id, port, ticket, url, expires)| TicketRecord {
            reference,
            to,
            message_id,
            port,
            ticket,
            url,
            expires,
        },
    )
}

fn a_device() -> impl Strategy<Value = Device> {
    (device(), text(), time(), of(time()), proptest::bool::ANY)
        .prop_map(|(id, name, created, seen, this)| Device { id, name, created, seen, this })
}
