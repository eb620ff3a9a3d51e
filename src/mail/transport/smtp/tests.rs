//! Servers as they are, and as they should not be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hostile;
mod on_the_wire;
mod sign_in;
mod tls;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::*;
use crate::{
    mail::{
        net::peer::Peer,
        transport::{Security, Times},
    },
    wire::record::Status,
};

/// The commands of a session, in the server's mouth.
trait Speaks {
    /// Hears a command that begins with `start` and answers.
    fn answer(&mut self, start: &str, reply: &str);
    fn greet(&mut self, offers: &str);
    fn message(&mut self) -> String;
    /// A whole transaction that goes well.
    fn take(&mut self) -> String;
}

impl<S: Read + Write> Speaks for Peer<S> {
    fn answer(&mut self, start: &str, reply: &str) {
        let line = self.hear();
        assert!(line.starts_with(start), "{line:?} is not {start:?}");
        self.say(reply);
    }

    fn greet(&mut self, offers: &str) {
        self.say("220 hi\r\n");
        self.answer("EHLO ", &format!("250-me\r\n{offers}250 HELP\r\n"));
    }

    fn message(&mut self) -> String {
        let mut whole = String::new();
        while !whole.ends_with("\r\n.\r\n") && self.0.read_line(&mut whole).unwrap() > 0 {}
        whole
    }

    fn take(&mut self) -> String {
        self.answer("MAIL FROM:<a@x.example>", "250 ok\r\n");
        self.answer("RCPT TO:<b@y.example>", "250 ok\r\n");
        self.answer("DATA", "354 go\r\n");
        let message = self.message();
        self.say("250 2.0.0 queued as 1\r\n");
        message
    }
}

/// A server for as many connections as there are scripts.
fn server<T: Send + 'static>(
    scripts: Vec<Box<dyn FnOnce(Peer) -> T + Send>>,
) -> (SmtpServer, JoinHandle<Vec<T>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let run = |script: Box<dyn FnOnce(Peer) -> T + Send>| {
            script(Peer(BufReader::new(listener.accept().unwrap().0)))
        };
        scripts.into_iter().map(run).collect()
    });
    (
        SmtpServer { host: "127.0.0.1".into(), port, user: None, security: Security::None, timeout: None },
        thread,
    )
}

fn one<T: Send + 'static>(
    script: impl FnOnce(Peer) -> T + Send + 'static,
) -> (SmtpServer, JoinHandle<Vec<T>>) {
    server(vec![Box::new(script)])
}

fn access() -> Access {
    let times = Times::all(Duration::from_millis(300));
    Access { hello: Some("me.example".into()), times, ..Access::default() }
}

fn to(recipients: &[&str]) -> Envelope {
    Envelope {
        reverse_path: Some("a@x.example".parse().unwrap()),
        recipients: recipients.iter().map(|text| text.parse().unwrap()).collect(),
    }
}

const MAIL: &[u8] = b"Subject: Hi\r\n\r\n.dot\n.\nend";

fn send(server: SmtpServer) -> Result<Vec<Outcome>, TransportError> {
    Smtp::new(server, access()).deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(()))
}

fn fate(server: SmtpServer) -> (Status, Option<u16>) {
    let outcomes = send(server).unwrap();
    (outcomes[0].status, outcomes[0].code)
}

#[test]
fn a_mail_is_taken_dot_stuffed_and_a_goodbye_said() {
    let (server, heard) = one(|mut peer| {
        peer.greet("");
        let message = peer.take();
        (message, peer.hear())
    });
    let outcomes = send(server).unwrap();
    assert_eq!((outcomes[0].status, outcomes[0].code), (Status::Accepted, Some(250)));
    assert_eq!(outcomes[0].reply.as_deref(), Some("2.0.0 queued as 1"));
    let heard = heard.join().unwrap();
    assert_eq!(heard[0].0, "Subject: Hi\r\n\r\n..dot\r\n..\r\nend\r\n.\r\n");
    assert_eq!(heard[0].1, "QUIT");
}

#[test]
fn one_connection_serves_several_mails_and_a_tired_server_is_called_again() {
    let (server, heard) = server::<()>(vec![
        Box::new(|mut peer| {
            peer.greet("");
            peer.take();
            peer.take();
            peer.answer("MAIL", "421 4.4.2 idle too long\r\n");
        }),
        Box::new(|mut peer| {
            peer.greet("");
            peer.take();
            // Gone without a word.
        }),
        Box::new(|mut peer| {
            peer.greet("");
            peer.take();
        }),
    ]);
    let mut smtp = Smtp::new(server, access());
    for _ in 0..4 {
        let outcomes = smtp.deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(())).unwrap();
        assert_eq!(outcomes[0].status, Status::Accepted, "{outcomes:?}");
    }
    drop(smtp);
    heard.join().unwrap();
}

#[test]
fn each_recipient_has_a_reply_of_its_own() {
    let (server, heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT TO:<one@", "550-5.1.1 No such\r\n550 5.1.1 user\r\n");
        peer.answer("RCPT TO:<two@", "250 ok\r\n");
        peer.answer("RCPT TO:<three@", "450 4.2.1 greylisted\r\n");
        peer.answer("DATA", "354 go\r\n");
        peer.message();
        peer.say("250 ok\r\n");
    });
    let outcomes = Smtp::new(server, access())
        .deliver(&to(&["one@y.example", "two@y.example", "three@y.example"]), MAIL, &mut || Ok(()))
        .unwrap();
    let fates: Vec<_> = outcomes.iter().map(|outcome| (outcome.status, outcome.code)).collect();
    assert_eq!(
        fates,
        [(Status::Rejected, Some(550)), (Status::Accepted, Some(250)), (Status::Deferred, Some(450))]
    );
    assert_eq!(outcomes[0].reply.as_deref(), Some("5.1.1 No such user"));
    heard.join().unwrap();
}

#[test]
fn nobody_taken_means_no_data_and_a_connection_that_stays_good() {
    let (server, heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT", "550 no\r\n");
        peer.answer("RSET", "250 ok\r\n");
        peer.answer("MAIL", "552 5.3.4 too big\r\n");
        peer.answer("RSET", "250 ok\r\n");
        peer.take();
    });
    let mut smtp = Smtp::new(server, access());
    let mut next = || smtp.deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(())).unwrap()[0].status;
    assert_eq!([next(), next(), next()], [Status::Rejected, Status::Rejected, Status::Accepted]);
    drop(smtp);
    heard.join().unwrap();
}

#[test]
fn the_reply_to_the_last_dot_decides() {
    for (reply, status, code) in [
        ("452 4.3.1 disk full\r\n", Status::Deferred, Some(452)),
        ("554 5.7.1 spam\r\n", Status::Rejected, Some(554)),
        ("421 4.3.2 going down\r\n", Status::Deferred, Some(421)),
        ("354 what?\r\n", Status::Unknown, None),
        ("nonsense\r\n", Status::Unknown, None),
        ("250-half", Status::Unknown, None),
        ("", Status::Unknown, None),
    ] {
        let (server, _heard) = one(move |mut peer| {
            peer.greet("");
            peer.answer("MAIL", "250 ok\r\n");
            peer.answer("RCPT", "250 ok\r\n");
            peer.answer("DATA", "354 go\r\n");
            peer.message();
            peer.say(reply);
        });
        assert_eq!(fate(server), (status, code), "{reply:?}");
    }
}

#[test]
fn size_and_8bitmime_are_respected() {
    let (server, _heard) = one(|mut peer| {
        peer.greet("250-SIZE 20\r\n");
        peer.hear();
    });
    assert_eq!(fate(server), (Status::Rejected, None));
    let (server, heard) = one(|mut peer| {
        peer.greet("250-SIZE\r\n250-8BITMIME\r\n");
        peer.hear()
    });
    let eight = "Subject: Hi\r\n\r\n한\r\n".as_bytes();
    let _ = Smtp::new(server, access()).deliver(&to(&["b@y.example"]), eight, &mut || Ok(()));
    assert_eq!(heard.join().unwrap(), ["MAIL FROM:<a@x.example> SIZE=20 BODY=8BITMIME"]);
    let (server, _heard) = one(|mut peer| {
        peer.greet("");
        peer.hear();
    });
    let outcomes = Smtp::new(server, access()).deliver(&to(&["b@y.example"]), eight, &mut || Ok(())).unwrap();
    assert_eq!(outcomes[0].status, Status::Rejected);
}

#[test]
fn an_old_server_is_greeted_the_old_way() {
    let (server, heard) = one(|mut peer| {
        peer.say("220 hi\r\n");
        peer.answer("EHLO", "500 what?\r\n");
        peer.answer("HELO me.example", "250 hi\r\n");
        peer.take();
    });
    assert_eq!(fate(server), (Status::Accepted, Some(250)));
    heard.join().unwrap();
}

#[test]
fn without_starttls_nothing_is_sent_where_it_is_required() {
    let (mut server, heard) = one(|mut peer| {
        peer.greet("");
        peer.hear()
    });
    server.security = Security::Required;
    let error = send(server).unwrap_err();
    assert!(matches!(&error, TransportError::Config(why) if why.contains("?tls=none")), "{error}");
    assert_eq!(heard.join().unwrap(), [""]);
}

#[test]
fn nobody_at_the_door_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server =
        SmtpServer { host: "127.0.0.1".into(), port, user: None, security: Security::None, timeout: None };
    assert!(send(server).unwrap_err().is_transient());
}
