//! Who gets what: tickets, headers, receipts.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{cell::RefCell, fs, path::Path};

use super::*;
use crate::{
    client::ClientError,
    mail::{button, mailbox::parse_list},
    send::{Answers, HostWish, Pattern},
    wire::{
        ask::Mint,
        record::{PortRecord, Presence, TicketRecord},
        ticket::{Action, Claims},
    },
};

/// A CH server that writes down what it is asked.
struct Server {
    url: &'static str,
    asked: RefCell<Vec<Mint>>,
}

fn server(url: &'static str) -> Server {
    Server { url, asked: RefCell::default() }
}

impl Issuer for Server {
    fn port(&self) -> Result<PortRecord, ClientError> {
        Ok(PortRecord {
            port: 12345.try_into().unwrap(),
            login: "alice".parse().unwrap(),
            host: Some("192.0.2.7".to_owned()),
            state: Presence::On,
            until: None,
        })
    }

    fn tickets(&self, mail: Mint) -> Result<Vec<TicketRecord>, ClientError> {
        let row = self.asked.borrow().len() as u64;
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]);
        let ticket = |(place, to): (usize, &String)| {
            let claims = Claims {
                action: Action::Chat,
                key: 1,
                expires: "2027-01-01T00:00:00Z".parse().unwrap(),
                port: 12345.try_into().unwrap(),
                mail: row,
                recipient: u32::try_from(place).unwrap(),
            };
            let ticket = claims.sign(&key);
            let url = button::link(self.url, &ticket);
            let (port, expires) = (claims.port, claims.expires);
            TicketRecord { reference: None, to: to.clone(), message_id: None, port, ticket, url, expires }
        };
        let tickets = mail.to.iter().enumerate().map(ticket).collect();
        self.asked.borrow_mut().push(mail);
        Ok(tickets)
    }

    fn is(&self, server: &str) -> Result<bool, ClientError> {
        Ok(server == self.url)
    }
}

fn mailing(to: &str, cc: &str, bcc: &str) -> Mailing {
    let mut draft = Draft::new(
        "Alice <alice@x.example>".parse().unwrap(),
        parse_list(to).unwrap(),
        "1@x.example".parse().unwrap(),
        "2026-11-01T09:00:00Z".parse().unwrap(),
    );
    draft.cc = parse_list(cc).unwrap();
    draft.subject = Some("Boots".parse().unwrap());
    draft.text = Some("New boots are in.".to_owned());
    let bcc = parse_list(bcc).unwrap().into_iter().map(|mailbox| mailbox.address).collect();
    Mailing::of_draft(draft, bcc, Some(Lang::En))
}

fn ready(mailing: Mailing, server: &Server, wish: &ButtonWish) -> Ready {
    mailing.with_buttons(server, wish).map_err(|(_, error)| error).unwrap()
}

fn mail_of(dir: &Path, address: &str) -> String {
    let mut new = fs::read_dir(dir.join(address).join("new")).unwrap();
    let mail = fs::read_to_string(new.next().unwrap().unwrap().path()).unwrap();
    assert!(new.next().is_none(), "one mail for {address}");
    mail
}

fn field<'a>(mail: &'a str, name: &str) -> Vec<&'a str> {
    mail.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
}

#[test]
fn everybody_gets_the_same_mail_with_a_ticket_of_their_own_and_nobody_sees_a_bcc() {
    let server = server("https://ch.example.org");
    let mailing = mailing("Bob <bob@y.example>, BOB@y.example", "c@y.example", "d@y.example, e@y.example");
    let ready = ready(mailing, &server, &ButtonWish::default());
    let dir = tempfile::tempdir().unwrap();
    let mut transport = Transport::open(&Via::Maildir(dir.path().to_owned()), &Default::default());
    let mut receipts = Vec::new();
    let sent = ready.send::<SendError>(&mut transport, None, |sent| {
        receipts.push(sent);
        Ok(())
    });
    sent.unwrap();
    let to: Vec<_> = receipts.iter().map(|sent| sent.recipient.as_str()).collect();
    assert_eq!(to, ["bob@y.example", "c@y.example", "d@y.example", "e@y.example"]);
    assert!(receipts.iter().all(|sent| sent.status == Status::Accepted));
    let mut tickets = Vec::new();
    for address in to {
        let mail = mail_of(dir.path(), address);
        assert_eq!(field(&mail, "Message-ID"), ["<1@x.example>"]);
        assert_eq!(field(&mail, "CH-Host"), ["ch.example.org"]);
        assert_eq!(field(&mail, "Delivered-To"), [address]);
        let head = mail.replacen(&format!("Delivered-To: {address}\n"), "", 1);
        assert!(!head.contains("d@y.example") && !head.contains("e@y.example"), "{head}");
        let [ticket] = field(&mail, "CH-Ticket")[..] else { panic!("{mail}") };
        assert!(mail.contains(&format!("\nChat with me now: https://ch.example.org/c#{ticket}\n")));
        tickets.push(ticket.parse::<crate::wire::Ticket>().unwrap());
    }
    let rows: Vec<_> = tickets.iter().map(|ticket| ticket.claims()).map(|c| (c.mail, c.recipient)).collect();
    assert_eq!(rows[2..].iter().map(|row| row.1).collect::<Vec<_>>(), [0, 0], "a Bcc has a row of its own");
    assert_eq!(rows.iter().collect::<std::collections::HashSet<_>>().len(), 4);
}

#[test]
fn lists_get_no_button() {
    let server = server("https://ch.example.org");
    let wish = ButtonWish { no_button_to: vec![Pattern::from("*@lists.*")], ..ButtonWish::default() };
    let ready = ready(mailing("bob@y.example, all@lists.example.org", "", ""), &server, &wish);
    let messages: Vec<String> =
        (0..2).map(|place| String::from_utf8(ready.message(place).unwrap()).unwrap()).collect();
    assert!(
        messages[0].contains("CH-Ticket") && !messages[1].contains("CH-") && !messages[1].contains("/c#")
    );
    assert_eq!(server.asked.borrow()[0].to, ["bob@y.example"]);
}

#[test]
fn an_answer_leads_into_the_conversation_of_whose_mail_it_answers_and_of_nobody_else() {
    let other = server("https://ch.example.net");
    let theirs = ready(mailing("alice@x.example", "", ""), &other, &ButtonWish::default());
    let chat = theirs.recipients[0].1.clone();
    for (url, known) in [("https://ch.example.net", true), ("https://ch.example.org", false)] {
        let own = server(url);
        let wish = ButtonWish {
            answers: Some(Answers {
                whom: vec!["Bob@y.example".parse().unwrap()],
                chat: chat.clone(),
                ids: (0..40).map(|n| format!("{n}@y.example").parse().unwrap()).collect(),
            }),
            ..ButtonWish::default()
        };
        ready(mailing("bob@y.example", "c@y.example", ""), &own, &wish);
        let asked = own.asked.borrow();
        assert_eq!(
            (&asked[0].to[..], &asked[1].to[..]),
            (&["bob@y.example".into()][..], &["c@y.example".into()][..])
        );
        assert_eq!((asked[0].reply_ticket.is_some(), asked[1].reply_ticket.is_some()), (known, false));
        assert_eq!(asked[0].in_reply_to.last().unwrap(), "39@y.example");
        assert_eq!(asked[0].in_reply_to.len(), 20);
    }
}

#[test]
fn ch_host_is_the_name_that_was_set_or_the_address_or_the_servers_name() {
    for (host, shown) in [
        (HostWish::Server, Some("ch.example.org")),
        (HostWish::Name("alice.example.org".into()), Some("alice.example.org")),
        (HostWish::Address, Some("192.0.2.7")),
        (HostWish::Name("no host\r\nBcc: x@y".into()), None),
    ] {
        let wish = ButtonWish { host, ..ButtonWish::default() };
        let ready = ready(mailing("bob@y.example", "", ""), &server("https://ch.example.org:8443"), &wish);
        assert_eq!(ready.recipients[0].1.as_ref().unwrap().host.as_deref(), shown);
    }
}

#[test]
fn a_private_link_does_not_leave_this_machine() {
    for (url, via, goes) in [
        ("http://127.0.0.1:4460", "maildir:x", true),
        ("http://127.0.0.1:4460", "smtp://localhost:2525", true),
        ("http://127.0.0.1:4460", "smtp://mail.example.org", false),
        ("http://127.0.0.1:4460", "sendmail:/usr/sbin/sendmail", false),
        ("https://ch.example.org", "smtp://mail.example.org", true),
    ] {
        let ready = ready(mailing("bob@y.example", "", ""), &server(url), &ButtonWish::default());
        assert_eq!(ready.check(&via.parse().unwrap()).is_ok(), goes, "{url} {via}");
    }
    let plain = mailing("bob@y.example", "", "").plain();
    assert!(plain.check(&"smtp://mail.example.org".parse().unwrap()).is_ok());
}

#[test]
fn a_way_that_breaks_before_anybody_got_it_is_an_error() {
    let via = Via::Maildir("/dev/null/box".into());
    let mut transport = Transport::open(&via, &Default::default());
    let ready = mailing("bob@y.example, c@y.example", "", "").plain();
    let sent = ready.send::<SendError>(&mut transport, None, |sent| panic!("{sent:?}"));
    assert!(matches!(sent, Err(SendError::Transport(_))));
}

#[test]
fn a_way_that_breaks_in_the_middle_leaves_a_receipt_for_everybody() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("c@y.example"), "in the way").unwrap();
    let mut transport = Transport::open(&Via::Maildir(dir.path().to_owned()), &Default::default());
    let mut fates = Vec::new();
    let sent = mailing("b@y.example, c@y.example, d@y.example", "", "").plain().send::<SendError>(
        &mut transport,
        None,
        |sent| {
            fates.push(sent.status);
            Ok(())
        },
    );
    sent.unwrap();
    assert_eq!(fates, [Status::Accepted, Status::Deferred, Status::Deferred]);
}
